/**
 * [concat-time,] dense [, activation] as one step.
 *
 * Its weights are packed twice, for y = x Wᵀ and for xBar = dz W; when, the chain knows.
 */
import type { DensePiece } from '../fused-layers.js';
import { activationCodes, type KernelCalls } from './calls.js';
import type { KernelMemory } from './memory.js';
import type { KernelParameters } from './parameters.js';
import { pieceCodes, type Step } from './step.js';
import type { TensorPool } from './tensor.js';
import type { Workspace } from './workspace.js';

/** Bytes of a tile's row, rows of a tile, and rows packed at a time; as in `assembly/tile.ts` and `assembly/dense.ts`. */
const tileBytes = 32;
const tileRows = 6;
const outerRows = 128;

/** What steps of one engine share. */
export interface StepContext {
  readonly calls: KernelCalls;
  readonly memory: KernelMemory;
  readonly pool: TensorPool;
  readonly workspace: Workspace;
}

export class DenseStep implements Step {
  readonly inputs: number;
  readonly outputs: number;
  readonly #time: number;
  readonly #biased: number;
  readonly #activation: number;
  readonly #forwardPanels: number;
  readonly #backwardPanels: number;

  constructor(
    private readonly context: StepContext,
    private readonly parameters: KernelParameters,
    private readonly shape: DensePiece,
  ) {
    const { memory, workspace } = context;
    this.inputs = shape.inputs;
    this.outputs = shape.outputs;
    this.#time = shape.time ? 1 : 0;
    this.#biased = shape.bias ? 1 : 0;
    this.#activation = activationCodes[shape.activation];
    /** Bytes of one row, filled up to whole tiles. */
    const padded = (columns: number): number => Math.ceil((columns * memory.entryBytes) / tileBytes) * tileBytes;
    const paddedOutputs = padded(shape.outputs);
    const paddedInputs = padded(shape.inputs);
    // Behind the panels: the biases and the weights of time.
    this.#forwardPanels = memory.allocate((shape.inputs + 2) * paddedOutputs);
    this.#backwardPanels = memory.allocate(shape.outputs * paddedInputs);
    workspace.slot('start').reserve(paddedOutputs);
    // Strips of dz, panels of x, and a tile or a row of sums.
    const strips = Math.ceil(shape.outputs / tileRows) * tileRows * outerRows * memory.entryBytes;
    const panels = outerRows * paddedInputs;
    const sums = Math.max(tileRows * tileBytes, paddedOutputs + tileBytes);
    workspace.slot('gradient').reserve(strips + panels + sums);
  }

  get needsPreactivationCotangent(): boolean {
    return this.#activation !== activationCodes.none;
  }

  get descriptor(): readonly number[] {
    const { memory, pool } = this.context;
    const gradient = pool.address(this.parameters.gradient) + this.shape.offset * memory.entryBytes;
    const panels = [this.#forwardPanels, this.#backwardPanels];
    return [
      pieceCodes.dense,
      this.inputs,
      this.outputs,
      this.#activation,
      this.#time,
      this.#biased,
      ...panels,
      gradient,
    ];
  }

  packForward(): void {
    const { calls } = this.context;
    calls.packForward(this.#weights, this.inputs, this.outputs, this.#time, this.#biased, this.#forwardPanels);
  }

  packBackward(): void {
    const { calls } = this.context;
    calls.packPanels(this.#weights, this.outputs, this.inputs, this.inputs + this.#time, this.#backwardPanels);
  }

  dispose(): void {
    const { memory } = this.context;
    for (const address of [this.#forwardPanels, this.#backwardPanels]) memory.free(address);
  }

  get #weights(): number {
    const { memory, pool } = this.context;
    return pool.address(this.parameters.values) + this.shape.offset * memory.entryBytes;
  }
}
