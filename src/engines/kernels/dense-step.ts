/**
 * [concat-time,] dense [, activation] as one step.
 *
 * Its weights are packed twice, for y = x Wᵀ and for xBar = dz W, each on first use after the parameters changed.
 */
import type { ActivationKind } from '../layer.js';
import { activationCodes, type KernelCalls } from './calls.js';
import type { KernelMemory } from './memory.js';
import type { KernelParameters } from './parameters.js';
import type { Step } from './step.js';
import type { TensorPool } from './tensor.js';
import type { Workspace } from './workspace.js';

/** Bytes of a tile's row, rows of a tile, and rows packed at a time; as in `assembly/tile.ts` and `assembly/dense.ts`. */
const tileBytes = 32;
const tileRows = 6;
const outerRows = 128;

export interface DenseShape {
  /** Columns of x, without time's. */
  readonly inputs: number;
  readonly outputs: number;
  readonly time: boolean;
  readonly activation: ActivationKind | 'none';
  /** Where the weights start in the parameter vector. */
  readonly offset: number;
}

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
  readonly #activation: number;
  readonly #weightsOffset: number;
  readonly #forwardPanels: number;
  readonly #backwardPanels: number;
  /** Bytes of one row of outputs, and of inputs, filled up to whole tiles. */
  readonly #paddedOutputs: number;
  readonly #paddedInputs: number;
  readonly #zeros: number;
  #forwardVersion = -1;
  #backwardVersion = -1;

  constructor(
    private readonly context: StepContext,
    private readonly parameters: KernelParameters,
    shape: DenseShape,
  ) {
    const { memory } = context;
    this.inputs = shape.inputs;
    this.outputs = shape.outputs;
    this.#time = shape.time ? 1 : 0;
    this.#activation = activationCodes[shape.activation];
    this.#weightsOffset = shape.offset * memory.entryBytes;
    const padded = (columns: number): number => Math.ceil((columns * memory.entryBytes) / tileBytes) * tileBytes;
    this.#paddedOutputs = padded(shape.outputs);
    this.#paddedInputs = padded(shape.inputs);
    // Behind the panels: the biases and the weights of time.
    this.#forwardPanels = memory.allocate((shape.inputs + 2) * this.#paddedOutputs);
    this.#backwardPanels = memory.allocate(shape.outputs * this.#paddedInputs);
    this.#zeros = memory.allocate(tileBytes);
  }

  evaluate(t: number, rows: number, x: number, y: number): void {
    const { calls, workspace } = this.context;
    const start = workspace.reserve('start', this.#paddedOutputs);
    const panels = this.#packForward();
    calls.denseForward(t, x, rows, this.inputs, this.outputs, panels, start, this.#activation, y);
  }

  pullback(t: number, rows: number, x: number, y: number, yBar: number, xBar: number): void {
    const { calls, memory, pool, workspace } = this.context;
    const { inputs, outputs } = this;
    let dz = yBar;
    if (this.#activation !== activationCodes.none) {
      dz = workspace.reserve('preactivation-cotangent', rows * outputs * memory.entryBytes);
      calls.pullActivation(this.#activation, y, yBar, rows * outputs, dz);
    }
    const gradient = pool.address(this.parameters.gradient) + this.#weightsOffset;
    const scratch = workspace.reserve('gradient', this.#gradientScratchBytes());
    calls.denseGradient(t, x, dz, rows, inputs, outputs, this.#time, gradient, scratch);
    if (xBar !== 0) {
      calls.denseInputCotangent(dz, rows, inputs, outputs, this.#packBackward(), this.#zeros, xBar);
    }
  }

  /** Strips of dz, panels of x, and a tile or a row of sums. */
  #gradientScratchBytes(): number {
    const strips = Math.ceil(this.outputs / tileRows) * tileRows * outerRows * this.context.memory.entryBytes;
    return strips + outerRows * this.#paddedInputs + Math.max(tileRows * tileBytes, this.#paddedOutputs + tileBytes);
  }

  #packForward(): number {
    const { calls, pool } = this.context;
    if (this.#forwardVersion !== this.parameters.version) {
      const weights = pool.address(this.parameters.values) + this.#weightsOffset;
      calls.packForward(weights, this.inputs, this.outputs, this.#time, this.#forwardPanels);
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
