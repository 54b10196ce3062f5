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
  readonly #forwardWeights: number;
  readonly #backwardWeights: number;

  constructor(
    private readonly context: StepContext,
    private readonly parameters: KernelParameters,
    private readonly shape: DensePiece,
  ) {
    const { calls, memory, workspace } = context;
    this.inputs = shape.inputs;
    this.outputs = shape.outputs;
    this.#time = shape.time ? 1 : 0;
    this.#biased = shape.bias ? 1 : 0;
    this.#activation = activationCodes[shape.activation];
    this.#forwardWeights = memory.allocate(calls.forwardBytes(shape.inputs, shape.outputs));
    this.#backwardWeights = memory.allocate(calls.backwardBytes(shape.inputs, shape.outputs));
    workspace.slot('start').reserve(shape.outputs * memory.entryBytes);
    workspace.slot('gradient').reserve(shape.outputs * memory.entryBytes);
  }

  get needsPreactivationCotangent(): boolean {
    return this.#activation !== activationCodes.none;
  }

  get descriptor(): readonly number[] {
    const { memory, pool } = this.context;
    const gradient = pool.address(this.parameters.gradient) + this.shape.offset * memory.entryBytes;
    const packed = [this.#forwardWeights, this.#backwardWeights];
    return [
      pieceCodes.dense,
      this.inputs,
      this.outputs,
      this.#activation,
      this.#time,
      this.#biased,
      ...packed,
      gradient,
    ];
  }

  packForward(): void {
    const { calls } = this.context;
    calls.packForward(this.#weights, this.inputs, this.outputs, this.#time, this.#biased, this.#forwardWeights);
  }

  packBackward(): void {
    const { calls } = this.context;
    calls.packBackward(this.#weights, this.inputs, this.outputs, this.#time, this.#backwardWeights);
  }

  dispose(): void {
    const { memory } = this.context;
    for (const address of [this.#forwardWeights, this.#backwardWeights]) memory.free(address);
  }

  get #weights(): number {
    const { memory, pool } = this.context;
    return pool.address(this.parameters.values) + this.shape.offset * memory.entryBytes;
  }
}
