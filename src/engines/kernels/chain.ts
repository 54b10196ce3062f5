/**
 * A chain on the kernels engine: neighbours fused into steps, intermediate results in preallocated memory.
 *
 * Invariant: a step reads x and y of its own evaluation, so that activations hold only what lies between steps.
 */
import type { Activations, CompiledChain, Tensor } from '../engine.js';
import { fuseLayers, type FusedPiece } from '../fused-layers.js';
import type { Chain } from '../layer.js';
import { requireDimensions, requireEvaluation, requirePullback, requirePushforward } from '../shape.js';
import { DenseStep, type StepContext } from './dense-step.js';
import { activationStep, powerStep } from './elementwise-step.js';
import type { KernelMemory } from './memory.js';
import type { KernelParameters } from './parameters.js';
import type { Step } from './step.js';
import type { Scratch } from './workspace.js';

class KernelActivations implements Activations {
  #live = true;

  constructor(
    readonly owner: KernelChain,
    readonly rows: number,
    /** Of each step's output but the last. */
    readonly addresses: readonly number[],
    private readonly memory: KernelMemory,
  ) {}

  /** False once disposed. */
  get live(): boolean {
    return this.#live;
  }

  dispose(): void {
    if (!this.#live) throw new Error('The activations were disposed before.');
    this.#live = false;
    for (const address of this.addresses) this.memory.free(address);
  }
}

/** Two buffers used in turn, so that a step never overwrites what it reads. */
type Alternating = readonly [Scratch, Scratch];

export class KernelChain implements CompiledChain {
  readonly #steps: readonly Step[];
  /** Of the outputs between two steps. */
  readonly #widest: number;
  readonly #outputs: Alternating;
  readonly #cotangents: Alternating;
  #live = true;

  constructor(
    readonly chain: Chain,
    private readonly context: StepContext,
    private readonly parameters: KernelParameters,
    offset: number,
  ) {
    const { workspace } = context;
    this.#steps = fuseLayers(chain, offset).map((piece) => stepOf(piece, context, parameters));
    this.#widest = Math.max(0, ...this.#steps.slice(0, -1).map((step) => step.outputs));
    this.#outputs = [workspace.slot('even-output'), workspace.slot('odd-output')];
    this.#cotangents = [workspace.slot('even-cotangent'), workspace.slot('odd-cotangent')];
    workspace.join();
  }

  createActivations(rows: number): Activations {
    this.#requireLive();
    requireDimensions(rows, this.chain.outputs);
    const { memory } = this.context;
    const addresses = this.#steps.slice(0, -1).map((step) => memory.allocate(rows * step.outputs * memory.entryBytes));
    return new KernelActivations(this, rows, addresses, memory);
  }

  evaluate(t: number, x: Tensor, target: Tensor, keep?: Activations): void {
    const { pool } = this.context;
    this.#requireLive();
    requireEvaluation(this.chain, x, target);
    const addresses = keep === undefined ? null : this.#kept(keep, x.rows);
    const output = pool.address(target);
    let source = pool.address(x);
    const last = this.#steps.length - 1;
    if (last < 0) this.#copy(source, output, x.rows);
    for (let i = 0; i <= last; i++) {
      const to = i === last ? output : (addresses?.[i] ?? this.#scratch(this.#outputs, i, x.rows));
      this.#steps[i].evaluate(t, x.rows, source, to);
      source = to;
    }
  }

  pullback(t: number, x: Tensor, y: Tensor, kept: Activations, yBar: Tensor, xBar: Tensor | null): void {
    this.#pull(t, x, y, kept, yBar, xBar, true);
  }

  pullbackInput(t: number, x: Tensor, y: Tensor, kept: Activations, yBar: Tensor, xBar: Tensor): void {
    this.#pull(t, x, y, kept, yBar, xBar, false);
  }

  pushforward(_t: number, x: Tensor, y: Tensor, kept: Activations, tDot: number, xDot: Tensor, yDot: Tensor): void {
    const { pool } = this.context;
    this.#requireLive();
    requirePushforward(this.chain, x, y, xDot, yDot);
    const addresses = this.#kept(kept, x.rows);
    let source = pool.address(x);
    let tangent = pool.address(xDot);
    const last = this.#steps.length - 1;
    if (last < 0) this.#copy(tangent, pool.address(yDot), x.rows);
    for (let i = 0; i <= last; i++) {
      const output = i === last ? pool.address(y) : addresses[i];
      const to = i === last ? pool.address(yDot) : this.#scratch(this.#outputs, i, x.rows);
      this.#steps[i].pushforward(tDot, x.rows, source, output, tangent, to);
      source = output;
      tangent = to;
    }
  }

  dispose(): void {
    if (!this.#live) throw new Error('The chain was disposed before.');
    this.#live = false;
    for (const step of this.#steps) step.dispose();
    this.context.workspace.leave();
  }

  #pull(
    t: number,
    x: Tensor,
    y: Tensor,
    kept: Activations,
    yBar: Tensor,
    xBar: Tensor | null,
    intoGradient: boolean,
  ): void {
    const { pool } = this.context;
    this.#requireLive();
    requirePullback(this.chain, x, y, yBar, xBar);
    const addresses = this.#kept(kept, x.rows);
    const input = pool.address(x);
    const below = pool.addressOrNone(xBar);
    let output = pool.address(y);
    let cotangent = pool.address(yBar);
    if (this.#steps.length === 0 && below !== 0) this.#copy(cotangent, below, x.rows);
    for (let i = this.#steps.length - 1; i >= 0; i--) {
      const source = i === 0 ? input : addresses[i - 1];
      const to = i === 0 ? below : this.#scratch(this.#cotangents, i, x.rows);
      this.#steps[i].pullback(t, x.rows, source, output, cotangent, to, intoGradient);
      output = source;
      cotangent = to;
    }
  }

  #scratch(buffers: Alternating, index: number, rows: number): number {
    return buffers[index % 2].reserve(rows * this.#widest * this.context.memory.entryBytes);
  }

  #requireLive(): void {
    if (!this.#live || !this.parameters.live) throw new Error('The chain or its parameters were disposed.');
  }

  #copy(from: number, to: number, rows: number): void {
    const { memory } = this.context;
    memory.bytes.copyWithin(to, from, from + rows * this.chain.inputs * memory.entryBytes);
  }

  #kept(kept: Activations, rows: number): readonly number[] {
    if (!(kept instanceof KernelActivations) || kept.owner !== this || !kept.live) {
      throw new Error('The activations were disposed or belong to another chain.');
    }
    if (rows > kept.rows) throw new Error(`The activations hold ${kept.rows} rows, but ${rows} were given.`);
    return kept.addresses;
  }
}

function stepOf(piece: FusedPiece, context: StepContext, parameters: KernelParameters): Step {
  switch (piece.kind) {
    case 'dense':
      return new DenseStep(context, parameters, piece);
    case 'power':
      return powerStep(context.calls, piece.exponent, piece.width);
    case 'tanh':
    case 'relu':
    case 'sigmoid':
      return activationStep(context.calls, piece.kind, piece.width);
  }
}
