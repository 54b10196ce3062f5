/**
 * A chain on the tensorflow engine: neighbours grouped into steps, each a few operations of TensorFlow.
 *
 * No tape: activations hold each step's output but the last, and a pullback is written out from them.
 */
import type { Activations, CompiledChain, Tensor } from '../engine.js';
import { fuseLayers, type FusedPiece } from '../fused-layers.js';
import type { Chain } from '../layer.js';
import { requireDimensions, requireEvaluation, requirePullback, requirePushforward } from '../shape.js';
import type { Handle } from './binding.js';
import { DenseStep } from './dense-step.js';
import type { Operations } from './operations.js';
import type { TensorflowParameters } from './parameters.js';
import { activationStep, powerStep, type Step } from './step.js';
import type { TensorflowTensor } from './tensor.js';

/** Recognises an engine's own tensors. @throws Error if it was freed or is another engine's */
export type Own = (tensor: Tensor) => TensorflowTensor;

class TensorflowActivations implements Activations {
  /** Of each step's output but the last; none before the first evaluation. */
  #handles: readonly Handle[] = [];
  #live = true;

  constructor(
    readonly owner: TensorflowChain,
    readonly rows: number,
    readonly bytes: number,
    private readonly operations: Operations,
  ) {}

  /** False once disposed. */
  get live(): boolean {
    return this.#live;
  }

  get handles(): readonly Handle[] {
    return this.#handles;
  }

  /** Takes the handles over, in place of those it had. */
  replace(handles: readonly Handle[]): void {
    for (const handle of this.#handles) this.operations.release(handle);
    this.#handles = handles;
  }

  dispose(): void {
    if (!this.#live) throw new Error('The activations were disposed before.');
    this.#live = false;
    this.replace([]);
  }
}

export class TensorflowChain implements CompiledChain {
  readonly #steps: readonly Step[];
  /** Of what an evaluation keeps for its pullback. */
  readonly #keptColumns: number;
  #live = true;

  constructor(
    readonly chain: Chain,
    private readonly operations: Operations,
    private readonly own: Own,
    private readonly parameters: TensorflowParameters,
    offset: number,
  ) {
    const pieces = fuseLayers(chain, offset);
    this.#steps = pieces.map((piece) => stepOf(piece, operations, parameters));
    const widths = pieces.slice(0, -1).map((piece) => (piece.kind === 'dense' ? piece.outputs : piece.width));
    this.#keptColumns = widths.reduce((sum, width) => sum + width, 0);
  }

  createActivations(rows: number): Activations {
    this.#requireLive();
    requireDimensions(rows, this.chain.outputs);
    return new TensorflowActivations(this, rows, 4 * rows * this.#keptColumns, this.operations);
  }

  evaluate(t: number, x: Tensor, target: Tensor, keep?: Activations): void {
    this.#requireLive();
    const [input, output] = [this.own(x), this.own(target)];
    requireEvaluation(this.chain, x, target);
    const kept = keep === undefined ? null : this.#kept(keep, x.rows);
    const { operations } = this;
    if (this.#steps.length === 0) {
      output.assign(operations.identity(input.handle()));
      return;
    }
    const results = operations.within(() => {
      const outputs: Handle[] = [];
      for (const step of this.#steps) outputs.push(step.evaluate(t, outputs.at(-1) ?? input.handle()));
      return kept === null ? outputs.slice(-1) : outputs;
    });
    output.assign(results[results.length - 1]);
    kept?.replace(results.slice(0, -1));
  }

  pullback(t: number, x: Tensor, y: Tensor, kept: Activations, yBar: Tensor, xBar: Tensor | null): void {
    this.#pull(t, x, y, kept, yBar, xBar, true);
  }

  pullbackInput(t: number, x: Tensor, y: Tensor, kept: Activations, yBar: Tensor, xBar: Tensor): void {
    this.#pull(t, x, y, kept, yBar, xBar, false);
  }

  pushforward(_t: number, x: Tensor, y: Tensor, kept: Activations, tDot: number, xDot: Tensor, yDot: Tensor): void {
    this.#requireLive();
    requirePushforward(this.chain, x, y, xDot, yDot);
    const { operations } = this;
    const values = this.#values(x, y, kept);
    const tangent = this.own(xDot).handle();
    const pushed = operations.within(() => {
      if (this.#steps.length === 0) return operations.identity(tangent);
      return this.#steps.reduce((dot, step, i) => step.pushforward(tDot, values[i], values[i + 1], dot), tangent);
    });
    this.own(yDot).assign(pushed);
  }

  dispose(): void {
    if (!this.#live) throw new Error('The chain was disposed before.');
    this.#live = false;
    for (const step of this.#steps) step.dispose();
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
    this.#requireLive();
    requirePullback(this.chain, x, y, yBar, xBar);
    const { operations } = this;
    const values = this.#values(x, y, kept);
    const cotangent = this.own(yBar).handle();
    const pulled = operations.within(() => {
      if (this.#steps.length === 0) return xBar === null ? null : operations.identity(cotangent);
      let bar: Handle | null = cotangent;
      for (let i = this.#steps.length - 1; i >= 0 && bar !== null; i--) {
        const wanted = i > 0 || xBar !== null;
        bar = this.#steps[i].pullback(t, x.rows, values[i], values[i + 1], bar, wanted, intoGradient);
      }
      return bar;
    });
    if (xBar !== null && pulled !== null) this.own(xBar).assign(pulled);
  }

  /** What enters each step, and at last y. */
  #values(x: Tensor, y: Tensor, kept: Activations): readonly Handle[] {
    const between = this.#kept(kept, x.rows).handles;
    return [this.own(x).handle(), ...between, this.own(y).handle()];
  }

  #requireLive(): void {
    if (!this.#live || !this.parameters.live) throw new Error('The chain or its parameters were disposed.');
  }

  #kept(kept: Activations, rows: number): TensorflowActivations {
    if (!(kept instanceof TensorflowActivations) || kept.owner !== this || !kept.live) {
      throw new Error('The activations were disposed or belong to another chain.');
    }
    if (rows > kept.rows) throw new Error(`The activations hold ${kept.rows} rows, but ${rows} were given.`);
    return kept;
  }
}

function stepOf(piece: FusedPiece, operations: Operations, parameters: TensorflowParameters): Step {
  switch (piece.kind) {
    case 'dense':
      return new DenseStep(operations, parameters, piece);
    case 'power':
      return powerStep(operations, piece.exponent);
    case 'tanh':
    case 'relu':
    case 'sigmoid':
      return activationStep(operations, piece.kind);
  }
}
