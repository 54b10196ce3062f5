/**
 * [concat-time,] dense [, activation] as one step.
 *
 * Its weights are packed twice, for y = x Wᵀ and for xBar = dz W, each on first use after the parameters changed.
 */
import type { DensePiece } from '../fused-layers.js';
import { activationCodes, type KernelCalls } from './calls.js';
import type { KernelMemory } from './memory.js';
import type { KernelParameters } from './parameters.js';
import type { Step } from './step.js';
import type { TensorPool } from './tensor.js';
import type { Scratch, Workspace } from './workspace.js';

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
  readonly #weightsOffset: number;
  readonly #forwardPanels: number;
  readonly #backwardPanels: number;
  readonly #zeros: number;
  readonly #start: Scratch;
  readonly #preactivationCotangent: Scratch;
  readonly #gradientScratch: Scratch;
  #forwardVersion = -1;
  #backwardVersion = -1;

  constructor(
    private readonly context: StepContext,
    private readonly parameters: KernelParameters,
    shape: DensePiece,
  ) {
    const { memory, workspace } = context;
    this.inputs = shape.inputs;
    this.outputs = shape.outputs;
    this.#time = shape.time ? 1 : 0;
    this.#biased = shape.bias ? 1 : 0;
    this.#activation = activationCodes[shape.activation];
    this.#weightsOffset = shape.offset * memory.entryBytes;
    /** Bytes of one row, filled up to whole tiles. */
    const padded = (columns: number): number => Math.ceil((columns * memory.entryBytes) / tileBytes) * tileBytes;
    const paddedOutputs = padded(shape.outputs);
    const paddedInputs = padded(shape.inputs);
    // Behind the panels: the biases and the weights of time.
    this.#forwardPanels = memory.allocate((shape.inputs + 2) * paddedOutputs);
    this.#backwardPanels = memory.allocate(shape.outputs * paddedInputs);
    this.#zeros = memory.allocate(tileBytes);
    this.#start = workspace.slot('start');
    this.#start.reserve(paddedOutputs);
    this.#preactivationCotangent = workspace.slot('preactivation-cotangent');
    // Strips of dz, panels of x, and a tile or a row of sums.
    const strips = Math.ceil(shape.outputs / tileRows) * tileRows * outerRows * memory.entryBytes;
    const panels = outerRows * paddedInputs;
    this.#gradientScratch = workspace.slot('gradient');
    this.#gradientScratch.reserve(strips + panels + Math.max(tileRows * tileBytes, paddedOutputs + tileBytes));
  }

  evaluate(t: number, rows: number, x: number, y: number): void {
    const { calls } = this.context;
    const panels = this.#packForward();
    const { inputs, outputs } = this;
    const start = this.#start.address;
    calls.denseForward(t, x, rows, inputs, outputs, panels, this.#biased, start, this.#activation, y);
  }

  pushforward(tDot: number, rows: number, _x: number, y: number, xDot: number, yDot: number): void {
    const { calls } = this.context;
    const panels = this.#packForward();
    const { inputs, outputs } = this;
    const start = this.#start.address;
    calls.denseForward(tDot, xDot, rows, inputs, outputs, panels, 0, start, activationCodes.none, yDot);
    // The activation's Jacobian is diagonal: the kernel of its pullback serves both directions.
    if (this.#activation !== activationCodes.none) {
      calls.pullActivation(this.#activation, y, yDot, rows * outputs, yDot);
    }
  }

  pullback(t: number, rows: number, x: number, y: number, yBar: number, xBar: number, intoGradient: boolean): void {
    const { calls, memory, pool } = this.context;
    const { inputs, outputs } = this;
    let dz = yBar;
    if (this.#activation !== activationCodes.none) {
      dz = this.#preactivationCotangent.reserve(rows * outputs * memory.entryBytes);
      calls.pullActivation(this.#activation, y, yBar, rows * outputs, dz);
    }
    if (intoGradient) {
      const gradient = pool.address(this.parameters.gradient) + this.#weightsOffset;
      const scratch = this.#gradientScratch.address;
      calls.denseGradient(t, x, dz, rows, inputs, outputs, this.#time, this.#biased, gradient, scratch);
    }
    if (xBar !== 0) {
      calls.denseInputCotangent(dz, rows, inputs, outputs, this.#packBackward(), this.#zeros, xBar);
    }
  }

  dispose(): void {
    const { memory } = this.context;
    for (const address of [this.#forwardPanels, this.#backwardPanels, this.#zeros]) memory.free(address);
  }

  #packForward(): number {
    const { calls, pool } = this.context;
    if (this.#forwardVersion !== this.parameters.version) {
      const weights = pool.address(this.parameters.values) + this.#weightsOffset;
      calls.packForward(weights, this.inputs, this.outputs, this.#time, this.#biased, this.#forwardPanels);
      this.#forwardVersion = this.parameters.version;
    }
    return this.#forwardPanels;
  }

  #packBackward(): number {
    const { calls, pool } = this.context;
    if (this.#backwardVersion !== this.parameters.version) {
      const weights = pool.address(this.parameters.values) + this.#weightsOffset;
      calls.packPanels(weights, this.outputs, this.inputs, this.inputs + this.#time, this.#backwardPanels);
      this.#backwardVersion = this.parameters.version;
    }
    return this.#backwardPanels;
  }
}
