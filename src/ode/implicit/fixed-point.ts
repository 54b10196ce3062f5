/**
 * L fixed-point iterations for g = y + γ f(t, g), from the explicit predictor g⁰ = y: g^(i+1) = y + γ f(t, g^i).
 *
 * Source: arXiv 2303.17824, unrolled implicit templates. The iteration contracts by about γ·|λ|: where that exceeds 1
 * it leaves the solution, which the growth of its differences tells, over all entries of the batch together.
 * One iteration alone (L = 1) has no ratio to tell by: it is an explicit method.
 */
import type { Awaitable, Engine, Tensor } from '../../engines/engine.js';
import type { NewtonOptions, StageEquation } from './newton.js';
import type { StageResult } from './nonlinear.js';
import type { VectorField } from '../vector-field.js';

export class FixedPoint {
  readonly #engine: Engine;
  readonly #field: VectorField;
  readonly #derivative: Tensor;
  readonly #states: readonly [Tensor, Tensor];

  constructor({ engine, field, rows, columns }: NewtonOptions) {
    this.#engine = engine;
    this.#field = field;
    this.#derivative = engine.allocate(rows, columns);
    this.#states = [engine.allocate(rows, columns), engine.allocate(rows, columns)];
  }

  async solve({ t, gamma, y, g }: StageEquation, depth: number): Promise<StageResult> {
    const engine = this.#engine;
    let first: Awaitable<number> = 0;
    let last: Awaitable<number> = 0;
    for (let i = 0; i < depth; i += 1) {
      const from = i === 0 ? y : this.#states[i % 2];
      const to = i === depth - 1 ? g : this.#states[(i + 1) % 2];
      this.#field.evaluate(t, from, this.#derivative);
      engine.combine(to, y, gamma, [1], [this.#derivative]);
      if (i === 0) first = engine.rmsDifference(to, from);
      if (i === depth - 1) last = engine.rmsDifference(to, from);
    }
    if (first instanceof Promise) first = await first;
    if (last instanceof Promise) last = await last;
    const state = !Number.isFinite(first) ? 'non_finite' : await this.#judge(first, last, g);
    return { state, evaluations: depth, newtonIterations: 0, products: 0, unrollingError: last * last };
  }

  dispose(): void {
    for (const tensor of [this.#derivative, ...this.#states]) this.#engine.free(tensor);
  }

  /** Growth among differences that are rounding errors of g tells nothing. */
  async #judge(first: number, last: number, g: Tensor): Promise<'solved' | 'fixed_point_diverged'> {
    if (last <= first) return 'solved';
    if (!Number.isFinite(last)) return 'fixed_point_diverged';
    const size = Math.sqrt((await this.#engine.dot(g, g)) / (g.rows * g.columns));
    const rounding = this.#engine.dtype === 'f64' ? 1e-14 : 1e-5;
    return last <= rounding * size ? 'solved' : 'fixed_point_diverged';
  }
}
