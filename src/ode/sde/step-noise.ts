/**
 * The random variables of one step on the engine: dW, χ1, χ2, χ3 of the formulas in `sri-tableau.ts`.
 *
 * They are computed in f64 on the host and rounded once, so that engines of one dtype step with the same numbers. Only
 * those that a method uses are uploaded.
 */
import type { Engine, Tensor } from '../../engines/engine.js';
import type { BrownianPath } from './brownian-path.js';
import type { SriTableau } from './sri-tableau.js';

export class StepNoise {
  readonly dW: Tensor;
  readonly chi1: Tensor;
  readonly chi2: Tensor;
  readonly chi3: Tensor;
  readonly #engine: Engine;
  readonly #uses: { readonly chi1: boolean; readonly chi2: boolean; readonly chi3: boolean };
  readonly #w: Float64Array;
  readonly #h: Float64Array;
  readonly #chi: Float64Array;

  constructor(engine: Engine, tableau: SriTableau, rows: number, columns: number) {
    const some = (weights: readonly number[]): boolean => weights.some((weight) => weight !== 0);
    this.#engine = engine;
    this.dW = engine.allocate(rows, columns);
    this.chi1 = engine.allocate(rows, columns);
    this.chi2 = engine.allocate(rows, columns);
    this.chi3 = engine.allocate(rows, columns);
    this.#uses = {
      chi1: tableau.tangent || some(tableau.beta2),
      chi2: some(tableau.beta3) || tableau.B0.some(some),
      chi3: some(tableau.beta4),
    };
    this.#w = new Float64Array(rows * columns);
    this.#h = new Float64Array(rows * columns);
    this.#chi = new Float64Array(rows * columns);
  }

  /** Those of the step from t to t + h along the path. */
  draw(path: BrownianPath, t: number, h: number): void {
    const [engine, w, area, chi] = [this.#engine, this.#w, this.#h, this.#chi];
    path.increment(t, t + h, w, area);
    engine.write(this.dW, w);
    if (this.#uses.chi1) {
      const root = 2 * Math.sqrt(h);
      for (let i = 0; i < w.length; i += 1) chi[i] = (w[i] * w[i] - h) / root;
      engine.write(this.chi1, chi);
    }
    if (this.#uses.chi2) {
      for (let i = 0; i < w.length; i += 1) chi[i] = w[i] / 2 + area[i];
      engine.write(this.chi2, chi);
    }
    if (this.#uses.chi3) {
      for (let i = 0; i < w.length; i += 1) chi[i] = (w[i] * (w[i] * w[i] - 3 * h)) / (6 * h);
      engine.write(this.chi3, chi);
    }
  }

  dispose(): void {
    for (const tensor of [this.dW, this.chi1, this.chi2, this.chi3]) this.#engine.free(tensor);
  }
}
