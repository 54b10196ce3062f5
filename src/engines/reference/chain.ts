/** A chain on the reference engine: layer after layer, keeping every layer's output for the pullback. */
import type { Activations, CompiledChain, Tensor } from '../engine.js';
import type { Chain } from '../layer.js';
import { layoutChain, type PlacedLayer } from '../chain-layout.js';
import { requireDimensions, requireDistinct, requireShape } from '../shape.js';
import { applyLayer, pullLayer } from './layers.js';
import type { MatrixPool } from './matrix.js';
import type { ReferenceParameters } from './parameters.js';

/** Outputs of all layers but the last, which is the evaluation's target. */
interface KeptOutputs extends Activations {
  readonly outputs: readonly Float64Array[];
}

export class ReferenceChain implements CompiledChain {
  readonly #layers: readonly PlacedLayer[];
  readonly #kept = new WeakSet<Activations>();

  constructor(
    readonly chain: Chain,
    private readonly pool: MatrixPool,
    private readonly parameters: ReferenceParameters,
    private readonly offset: number,
  ) {
    this.#layers = layoutChain(chain);
  }

  createActivations(rows: number): Activations {
    requireDimensions(rows, this.chain.outputs);
    const outputs = this.#layers.slice(0, -1).map((layer) => new Float64Array(rows * layer.outputs));
    const kept: KeptOutputs = { rows, outputs };
    this.#kept.add(kept);
    return kept;
  }

  evaluate(t: number, x: Tensor, target: Tensor, keep?: Activations): void {
    const input = this.pool.values(x);
    const output = this.pool.values(target);
    requireShape('evaluate: x', x.rows, this.chain.inputs, x);
    requireShape('evaluate: target', x.rows, this.chain.outputs, target);
    requireDistinct('evaluate', target, x);
    const { outputs } = this.#keptOutputs(keep ?? this.createActivations(x.rows), x.rows);
    if (this.#layers.length === 0) output.set(input);
    const theta = this.parameters.values.subarray(this.offset, this.offset + this.chain.parameterCount);
    for (const [index, layer] of this.#layers.entries()) {
      applyLayer(layer, t, x.rows, theta, outputs[index - 1] ?? input, outputs[index] ?? output);
    }
  }

  pullback(_t: number, x: Tensor, y: Tensor, kept: Activations, yBar: Tensor, xBar: Tensor | null): void {
    const input = this.pool.values(x);
    const output = this.pool.values(y);
    requireShape('pullback: x', x.rows, this.chain.inputs, x);
    requireShape('pullback: y', x.rows, this.chain.outputs, y);
    requireShape('pullback: yBar', x.rows, this.chain.outputs, yBar);
    if (xBar !== null) {
      requireShape('pullback: xBar', x.rows, this.chain.inputs, xBar);
      requireDistinct('pullback', xBar, yBar);
    }
    const { outputs } = this.#keptOutputs(kept, x.rows);
    const end = this.offset + this.chain.parameterCount;
    const theta = this.parameters.values.subarray(this.offset, end);
    const gradient = this.pool.values(this.parameters.gradient).subarray(this.offset, end);
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

  #keptOutputs(kept: Activations, rows: number): KeptOutputs {
    if (!this.#kept.has(kept)) throw new Error('The activations belong to another chain.');
    if (rows > kept.rows) throw new Error(`The activations hold ${kept.rows} rows, but ${rows} were given.`);
    return kept as KeptOutputs;
  }
}
