/** A chain on the reference engine: layer after layer, keeping every layer's output for the pullback. */
import type { Activations, CompiledChain, Tensor } from '../engine.js';
import type { Chain } from '../layer.js';
import { layoutChain, type PlacedLayer } from '../chain-layout.js';
import { requireDimensions, requireEvaluation, requirePullback, requirePushforward } from '../shape.js';
import { applyLayer, pullLayer, pushLayer } from './layers.js';
import type { MatrixPool } from './matrix.js';
import type { ReferenceParameters } from './parameters.js';

class ReferenceActivations implements Activations {
  #live = true;

  constructor(
    readonly owner: ReferenceChain,
    readonly rows: number,
    /** Of all layers but the last, whose output is the evaluation's target. */
    readonly outputs: readonly Float64Array[],
  ) {}

  get bytes(): number {
    return this.outputs.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /** False once disposed. */
  get live(): boolean {
    return this.#live;
  }

  dispose(): void {
    if (!this.#live) throw new Error('The activations were disposed before.');
    this.#live = false;
  }
}

export class ReferenceChain implements CompiledChain {
  readonly #layers: readonly PlacedLayer[];
  #live = true;

  constructor(
    readonly chain: Chain,
    private readonly pool: MatrixPool,
    private readonly parameters: ReferenceParameters,
    private readonly offset: number,
  ) {
    this.#layers = layoutChain(chain);
  }

  createActivations(rows: number): ReferenceActivations {
    this.#requireLive();
    requireDimensions(rows, this.chain.outputs);
    const outputs = this.#layers.slice(0, -1).map((layer) => new Float64Array(rows * layer.outputs));
    return new ReferenceActivations(this, rows, outputs);
  }

  evaluate(t: number, x: Tensor, target: Tensor, keep?: Activations): void {
    this.#requireLive();
    const input = this.pool.values(x);
    const output = this.pool.values(target);
    requireEvaluation(this.chain, x, target);
    const outputs = this.#keptOutputs(keep ?? this.createActivations(x.rows), x.rows);
    if (this.#layers.length === 0) output.set(input);
    const theta = this.parameters.values.subarray(this.offset, this.offset + this.chain.parameterCount);
    for (const [index, layer] of this.#layers.entries()) {
      applyLayer(layer, t, x.rows, theta, outputs[index - 1] ?? input, outputs[index] ?? output);
    }
  }

  pullback(_t: number, x: Tensor, y: Tensor, kept: Activations, yBar: Tensor, xBar: Tensor | null): void {
    this.#pull(x, y, kept, yBar, xBar, () => this.pool.values(this.parameters.gradient));
  }

  pullbackInput(_t: number, x: Tensor, y: Tensor, kept: Activations, yBar: Tensor, xBar: Tensor): void {
    // What it adds to is thrown away.
    this.#pull(x, y, kept, yBar, xBar, () => new Float64Array(this.parameters.values.length));
  }

  pushforward(_t: number, x: Tensor, y: Tensor, kept: Activations, tDot: number, xDot: Tensor, yDot: Tensor): void {
    this.#requireLive();
    requirePushforward(this.chain, x, y, xDot, yDot);
    const outputs = this.#keptOutputs(kept, x.rows);
    const theta = this.parameters.values.subarray(this.offset, this.offset + this.chain.parameterCount);
    let tangent = this.pool.values(xDot);
    for (const [index, layer] of this.#layers.entries()) {
      const above = new Float64Array(x.rows * layer.outputs);
      const input = outputs[index - 1] ?? this.pool.values(x);
      pushLayer(layer, tDot, x.rows, theta, input, outputs[index] ?? this.pool.values(y), tangent, above);
      tangent = above;
    }
    this.pool.values(yDot).set(tangent);
  }

  dispose(): void {
    if (!this.#live) throw new Error('The chain was disposed before.');
    this.#live = false;
  }

  #pull(
    x: Tensor,
    y: Tensor,
    kept: Activations,
    yBar: Tensor,
    xBar: Tensor | null,
    gradientOfAll: () => Float64Array,
  ): void {
    this.#requireLive();
    const input = this.pool.values(x);
    const output = this.pool.values(y);
    requirePullback(this.chain, x, y, yBar, xBar);
    const outputs = this.#keptOutputs(kept, x.rows);
    const end = this.offset + this.chain.parameterCount;
    const theta = this.parameters.values.subarray(this.offset, end);
    const gradient = gradientOfAll().subarray(this.offset, end);
    let cotangent = this.pool.values(yBar);
    for (const [index, layer] of [...this.#layers.entries()].reverse()) {
      const below = new Float64Array(x.rows * layer.inputs);
      pullLayer(
        layer,
        x.rows,
        theta,
        gradient,
        outputs[index - 1] ?? input,
        outputs[index] ?? output,
        cotangent,
        below,
      );
      cotangent = below;
    }
    if (xBar !== null) this.pool.values(xBar).set(cotangent);
  }

  #requireLive(): void {
    if (!this.#live || !this.parameters.live) throw new Error('The chain or its parameters were disposed.');
  }

  #keptOutputs(kept: Activations, rows: number): readonly Float64Array[] {
    if (!(kept instanceof ReferenceActivations) || kept.owner !== this || !kept.live) {
      throw new Error('The activations were disposed or belong to another chain.');
    }
    if (rows > kept.rows) throw new Error(`The activations hold ${kept.rows} rows, but ${rows} were given.`);
    return kept.outputs;
  }
}
