/**
 * A chain on the kernels engine: neighbours fused into pieces, described in memory once, so that an evaluation, a
 * pullback or a whole Runge–Kutta step is one call.
 *
 * Invariant: a piece reads x and y of its own evaluation, so that activations hold only what lies between pieces.
 */
import type { Activations, CompiledChain, Tensor } from '../engine.js';
import type { FusedPullback, FusedSteps, StepBars, StepMethod } from '../fused-steps.js';
import { fuseLayers, type FusedPiece } from '../fused-layers.js';
import type { Chain } from '../layer.js';
import { requireDimensions, requireEvaluation, requirePullback, requirePushforward } from '../shape.js';
import { DenseStep, type StepContext } from './dense-step.js';
import { activationStep, powerStep } from './elementwise-step.js';
import { KernelPullback, KernelSteps } from './fused-steps.js';
import type { KernelMemory } from './memory.js';
import type { KernelParameters } from './parameters.js';
import type { Step } from './step.js';
import type { Slot } from './workspace.js';

/** Words of `Piece` and of `Program` in `assembly/chain.ts`, and the zeros that lie behind the pieces. */
const pieceWords = 9;
const headWords = 8;
const zeroBytes = 32;

class KernelActivations implements Activations {
  /** Address of the list of `addresses`; 0 where there are none. */
  readonly list: number;
  #live = true;

  constructor(
    readonly owner: KernelChain,
    readonly rows: number,
    readonly bytes: number,
    /** Of each piece's output but the last. */
    private readonly addresses: readonly number[],
    private readonly memory: KernelMemory,
  ) {
    this.list = addresses.length === 0 ? 0 : memory.allocate(4 * addresses.length);
    memory.words.set(addresses, this.list / 4);
  }

  /** False once disposed. */
  get live(): boolean {
    return this.#live;
  }

  dispose(): void {
    if (!this.#live) throw new Error('The activations were disposed before.');
    this.#live = false;
    for (const address of this.addresses) this.memory.free(address);
    if (this.list !== 0) this.memory.free(this.list);
  }
}

export class KernelChain implements CompiledChain {
  readonly #steps: readonly Step[];
  /** Where the module finds the chain. */
  readonly address: number;
  /** Entries of a row: of the widest output between two pieces, and of the widest cotangent before an activation. */
  readonly #widest: number;
  readonly #widestPreactivation: number;
  /** Rows for which the scratch blocks are large enough. */
  #evaluableRows = 0;
  #pullableRows = 0;
  /** Of the parameters when they were packed for each direction. */
  #forwardVersion = -1;
  #backwardVersion = -1;
  #live = true;

  constructor(
    readonly chain: Chain,
    private readonly context: StepContext,
    private readonly parameters: KernelParameters,
    offset: number,
  ) {
    this.#steps = fuseLayers(chain, offset).map((piece) => stepOf(piece, context, parameters));
    const widestOf = (steps: readonly Step[]): number => Math.max(0, ...steps.map(({ outputs }) => outputs));
    this.#widest = widestOf(this.#steps.slice(0, -1));
    this.#widestPreactivation = widestOf(this.#steps.filter((step) => step.needsPreactivationCotangent));
    this.address = this.#describe();
    context.workspace.join();
  }

  createActivations(rows: number): Activations {
    this.requireLive();
    requireDimensions(rows, this.chain.outputs);
    const { memory } = this.context;
    const addresses = this.#steps.slice(0, -1).map((step) => memory.allocate(rows * step.outputs * memory.entryBytes));
    const entries = this.#steps.slice(0, -1).reduce((sum, { outputs }) => sum + rows * outputs, 0);
    return new KernelActivations(this, rows, entries * memory.entryBytes, addresses, memory);
  }

  evaluate(t: number, x: Tensor, target: Tensor, keep?: Activations): void {
    const { calls, pool } = this.context;
    const program = this.prepareEvaluation(x.rows);
    requireEvaluation(this.chain, x, target);
    const kept = keep === undefined ? 0 : this.listOf(keep, x.rows);
    calls.evaluateChain(program, t, x.rows, pool.address(x), pool.address(target), kept);
  }

  pullback(t: number, x: Tensor, y: Tensor, kept: Activations, yBar: Tensor, xBar: Tensor | null): void {
    this.#pull(t, x, y, kept, yBar, xBar, 1);
  }

  pullbackInput(t: number, x: Tensor, y: Tensor, kept: Activations, yBar: Tensor, xBar: Tensor): void {
    this.#pull(t, x, y, kept, yBar, xBar, 0);
  }

  pushforward(_t: number, x: Tensor, y: Tensor, kept: Activations, tDot: number, xDot: Tensor, yDot: Tensor): void {
    const { calls, pool } = this.context;
    const program = this.prepareEvaluation(x.rows);
    requirePushforward(this.chain, x, y, xDot, yDot);
    const list = this.listOf(kept, x.rows);
    const [from, to] = [pool.address(xDot), pool.address(yDot)];
    calls.pushChain(program, tDot, x.rows, pool.address(x), pool.address(y), list, from, to);
  }

  fuseSteps(method: StepMethod, rows: number): FusedSteps {
    return new KernelSteps(this, this.context, method, rows);
  }

  fusePullback(method: StepMethod, rows: number, bars: StepBars): FusedPullback {
    return new KernelPullback(this, this.context, method, rows, bars);
  }

  dispose(): void {
    if (!this.#live) throw new Error('The chain was disposed before.');
    this.#live = false;
    for (const step of this.#steps) step.dispose();
    this.context.memory.free(this.address);
    this.context.workspace.leave();
  }

  /** Before the module evaluates: weights packed, scratch large enough. @returns where the module finds the chain */
  prepareEvaluation(rows: number): number {
    this.requireLive();
    if (rows > this.#evaluableRows) {
      this.#reserve(['even-output', 'odd-output'], rows * this.#widest);
      this.#evaluableRows = rows;
    }
    const { version } = this.parameters;
    if (this.#forwardVersion !== version) {
      for (const step of this.#steps) step.packForward();
      this.#forwardVersion = version;
    }
    return this.address;
  }

  /** Likewise before it pulls back. */
  preparePullback(rows: number): number {
    this.requireLive();
    if (rows > this.#pullableRows) {
      this.#reserve(['even-cotangent', 'odd-cotangent'], rows * this.#widest);
      this.#reserve(['preactivation-cotangent'], rows * this.#widestPreactivation);
      this.#pullableRows = rows;
    }
    const { version } = this.parameters;
    if (this.#backwardVersion !== version) {
      for (const step of this.#steps) step.packBackward();
      this.#backwardVersion = version;
    }
    return this.address;
  }

  /** Where the module finds activations for so many rows. @throws Error if they were disposed or are another chain's */
  listOf(kept: Activations, rows: number): number {
    if (!(kept instanceof KernelActivations) || kept.owner !== this || !kept.live) {
      throw new Error('The activations were disposed or belong to another chain.');
    }
    if (rows > kept.rows) throw new Error(`The activations hold ${kept.rows} rows, but ${rows} were given.`);
    return kept.list;
  }

  requireLive(): void {
    if (!this.#live || !this.parameters.live) throw new Error('The chain or its parameters were disposed.');
  }

  #pull(
    t: number,
    x: Tensor,
    y: Tensor,
    kept: Activations,
    yBar: Tensor,
    xBar: Tensor | null,
    intoGradient: 0 | 1,
  ): void {
    const { calls, pool } = this.context;
    const program = this.preparePullback(x.rows);
    requirePullback(this.chain, x, y, yBar, xBar);
    const list = this.listOf(kept, x.rows);
    const [from, to] = [pool.address(yBar), pool.addressOrNone(xBar)];
    calls.pullChain(program, t, x.rows, pool.address(x), pool.address(y), list, from, to, intoGradient);
  }

  /** Writes the chain's `Program` and the `Piece`s behind it. */
  #describe(): number {
    const { memory, workspace } = this.context;
    const pieces = this.#steps.length;
    const words = headWords + pieceWords * pieces;
    const program = memory.allocate(4 * words + zeroBytes);
    const cells = (['even-output', 'even-cotangent', 'preactivation-cotangent', 'gradient', 'start'] as const).map(
      (slot) => workspace.slot(slot).cell,
    );
    memory.words.set([pieces, this.chain.inputs, ...cells, program + 4 * words], program / 4);
    this.#steps.forEach(({ descriptor }, i) => memory.words.set(descriptor, program / 4 + headWords + pieceWords * i));
    return program;
  }

  #reserve(slots: readonly Slot[], entries: number): void {
    const { memory, workspace } = this.context;
    for (const slot of slots) workspace.slot(slot).reserve(entries * memory.entryBytes);
  }
}

function stepOf(piece: FusedPiece, context: StepContext, parameters: KernelParameters): Step {
  switch (piece.kind) {
    case 'dense':
      return new DenseStep(context, parameters, piece);
    case 'power':
      return powerStep(piece.exponent, piece.width);
    case 'tanh':
    case 'relu':
    case 'sigmoid':
      return activationStep(piece.kind, piece.width);
  }
}
