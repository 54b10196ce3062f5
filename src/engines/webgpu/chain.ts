/**
 * A chain on the webgpu engine: a call for each [concat-time,] dense [, activation], two for its pullback.
 *
 * Activations hold each piece's output but the last; without them two blocks of the workspace take turns.
 */
import type { Activations, CompiledChain, Tensor } from '../engine.js';
import { fuseLayers, type FusedPiece } from '../fused-layers.js';
import type { Chain } from '../layer.js';
import { requireDimensions, requireEvaluation, requirePullback, requirePushforward } from '../shape.js';
import type { Blocks } from './blocks.js';
import { createPiece } from './create-piece.js';
import type { WebgpuParameters } from './parameters.js';
import type { ChainHost, Piece } from './piece.js';
import { groupsFor } from './program.js';
import { copyBlock } from './programs/entrywise.js';

class WebgpuActivations implements Activations {
  #live = true;

  constructor(
    readonly owner: WebgpuChain,
    readonly rows: number,
    /** Where the output of each piece but the last starts. */
    readonly starts: readonly number[],
    readonly bytes: number,
    private readonly blocks: Blocks,
  ) {}

  /** False once disposed. */
  get live(): boolean {
    return this.#live;
  }

  dispose(): void {
    if (!this.#live) throw new Error('The activations were disposed before.');
    this.#live = false;
    for (const start of this.starts) this.blocks.give(start);
  }
}

export class WebgpuChain implements CompiledChain {
  readonly #pieces: readonly Piece[];
  /** Columns that leave each piece. */
  readonly #widths: readonly number[];
  readonly #widest: number;
  #live = true;

  constructor(
    readonly chain: Chain,
    private readonly host: ChainHost,
    private readonly parameters: WebgpuParameters,
    offset: number,
  ) {
    const fused = fuseLayers(chain, offset);
    this.#pieces = fused.map((piece) => createPiece(piece, host, parameters));
    this.#widths = fused.map(outputWidth);
    this.#widest = Math.max(chain.inputs, ...this.#widths);
  }

  createActivations(rows: number): Activations {
    this.#requireLive();
    requireDimensions(rows, this.chain.outputs);
    const { blocks } = this.host;
    const widths = this.#widths.slice(0, -1);
    const bytes = 4 * rows * widths.reduce((sum, width) => sum + width, 0);
    const starts = widths.map((width) => blocks.take(rows * width));
    return new WebgpuActivations(this, rows, starts, bytes, blocks);
  }

  evaluate(t: number, x: Tensor, target: Tensor, keep?: Activations): void {
    this.#requireLive();
    const { start } = this.host.tensors;
    const [input, output] = [start(x), start(target)];
    requireEvaluation(this.chain, x, target);
    const kept = keep === undefined ? null : this.#kept(keep, x.rows).starts;
    let from = input;
    for (const [i, piece] of this.#pieces.entries()) {
      const last = i === this.#pieces.length - 1;
      const to = last ? output : (kept?.[i] ?? this.#between(i, x.rows));
      piece.evaluate(t, x.rows, from, to);
      from = to;
    }
    if (this.#pieces.length === 0) this.#copy(x, input, output);
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
    const values = this.#values(x, y, kept);
    const { start } = this.host.tensors;
    const [first, result] = [start(xDot), start(yDot)];
    let from = first;
    for (const [i, piece] of this.#pieces.entries()) {
      const to = i === this.#pieces.length - 1 ? result : this.#between(i, x.rows);
      piece.pushforward(tDot, x.rows, values[i], values[i + 1], from, to);
      from = to;
    }
    if (this.#pieces.length === 0) this.#copy(x, first, result);
  }

  dispose(): void {
    if (!this.#live) throw new Error('The chain was disposed before.');
    this.#live = false;
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
    const values = this.#values(x, y, kept);
    const { start } = this.host.tensors;
    const [cotangent, result] = [start(yBar), xBar === null ? null : start(xBar)];
    let from = cotangent;
    for (let i = this.#pieces.length - 1; i >= 0; i--) {
      const to = i === 0 ? result : this.#between(i, x.rows);
      this.#pieces[i].pullback(t, x.rows, values[i], values[i + 1], from, to, intoGradient);
      if (to !== null) from = to;
    }
    if (this.#pieces.length === 0 && result !== null) this.#copy(x, cotangent, result);
  }

  /** Where what enters each piece starts, and at last y. */
  #values(x: Tensor, y: Tensor, kept: Activations): readonly number[] {
    const { start } = this.host.tensors;
    return [start(x), ...this.#kept(kept, x.rows).starts, start(y)];
  }

  #between(index: number, rows: number): number {
    return this.host.workspace.block(index % 2 === 0 ? 'even' : 'odd', rows * this.#widest);
  }

  /** Of a tensor like x. */
  #copy(x: Tensor, from: number, to: number): void {
    const width = x.columns;
    const count = x.rows * width;
    this.host.commands.call(copyBlock, { to, toStride: width, source: from, sourceStride: width, width, count }, [
      groupsFor(count),
    ]);
  }

  #requireLive(): void {
    if (!this.#live || !this.parameters.live) throw new Error('The chain or its parameters were disposed.');
  }

  #kept(kept: Activations, rows: number): WebgpuActivations {
    if (!(kept instanceof WebgpuActivations) || kept.owner !== this || !kept.live) {
      throw new Error('The activations were disposed or belong to another chain.');
    }
    if (rows > kept.rows) throw new Error(`The activations hold ${kept.rows} rows, but ${rows} were given.`);
    return kept;
  }
}

function outputWidth(piece: FusedPiece): number {
  return piece.kind === 'dense' ? piece.outputs : piece.width;
}
