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

/** What sums of products without a bias start from: one panel's worth. */
const zeroBytes = 32;

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
  readonly #forwardWeights: number;
  readonly #backwardWeights: number;
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
    const { calls, memory, workspace } = context;
    this.inputs = shape.inputs;
    this.outputs = shape.outputs;
    this.#time = shape.time ? 1 : 0;
    this.#biased = shape.bias ? 1 : 0;
    this.#activation = activationCodes[shape.activation];
    this.#weightsOffset = shape.offset * memory.entryBytes;
    this.#forwardWeights = memory.allocate(calls.forwardBytes(shape.inputs, shape.outputs));
    this.#backwardWeights = memory.allocate(calls.backwardBytes(shape.inputs, shape.outputs));
    this.#zeros = memory.allocate(zeroBytes);
    this.#start = workspace.slot('start');
    this.#start.reserve(shape.outputs * memory.entryBytes);
    this.#preactivationCotangent = workspace.slot('preactivation-cotangent');
    this.#gradientScratch = workspace.slot('gradient');
    this.#gradientScratch.reserve(shape.outputs * memory.entryBytes);
  }

  evaluate(t: number, rows: number, x: number, y: number): void {
    const { calls } = this.context;
    const packed = this.#packForward();
    const { inputs, outputs } = this;
    const start = this.#start.address;
    calls.denseForward(t, x, rows, inputs, outputs, packed, this.#biased, start, this.#activation, y);
  }

  pushforward(tDot: number, rows: number, _x: number, y: number, xDot: number, yDot: number): void {
    const { calls } = this.context;
    const packed = this.#packForward();
    const { inputs, outputs } = this;
    const start = this.#start.address;
    calls.denseForward(tDot, xDot, rows, inputs, outputs, packed, 0, start, activationCodes.none, yDot);
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
    for (const address of [this.#forwardWeights, this.#backwardWeights, this.#zeros]) memory.free(address);
  }

  #packForward(): number {
    const { calls, pool } = this.context;
    if (this.#forwardVersion !== this.parameters.version) {
      const weights = pool.address(this.parameters.values) + this.#weightsOffset;
      calls.packForward(weights, this.inputs, this.outputs, this.#time, this.#biased, this.#forwardWeights);
      this.#forwardVersion = this.parameters.version;
    }
    return this.#forwardWeights;
  }

  #packBackward(): number {
    const { calls, pool } = this.context;
    if (this.#backwardVersion !== this.parameters.version) {
      const weights = pool.address(this.parameters.values) + this.#weightsOffset;
      calls.packBackward(weights, this.inputs, this.outputs, this.#time, this.#backwardWeights);
      this.#backwardVersion = this.parameters.version;
    }
    return this.#backwardWeights;
  }
}
