/**
 * The random variables of one step on the engine: dW, χ1, χ2, χ3 of the formulas in `sri-tableau.ts`.
 *
 * They are computed in f64 on the host and rounded once, so that engines of one dtype step with the same numbers. Only
 * those that a method uses are uploaded.
 */
import type { Engine, Tensor } from '../../engines/engine.js';
import type { BrownianPath } from './brownian-path.js';
import type { SriTableau } from './sri-tableau.js';

/** Those that a method does not use are dW. */
export interface NoiseVariables {
  readonly dW: Tensor;
  readonly chi1: Tensor;
  readonly chi2: Tensor;
  readonly chi3: Tensor;
}

export function allocateVariables(engine: Engine, method: SriTableau, rows: number, columns: number): NoiseVariables {
  const uses = usedVariables(method);
  const dW = engine.allocate(rows, columns);
  const take = (used: boolean): Tensor => (used ? engine.allocate(rows, columns) : dW);
  return { dW, chi1: take(uses.chi1), chi2: take(uses.chi2), chi3: take(uses.chi3) };
}

export function freeVariables(engine: Engine, { dW, chi1, chi2, chi3 }: NoiseVariables): void {
  for (const tensor of new Set([dW, chi1, chi2, chi3])) engine.free(tensor);
}

interface UsedVariables {
  readonly chi1: boolean;
  readonly chi2: boolean;
  readonly chi3: boolean;
}

function usedVariables({ tangent, beta2, beta3, beta4, B0 }: SriTableau): UsedVariables {
  const some = (weights: readonly number[]): boolean => weights.some((weight) => weight !== 0);
  return { chi1: tangent || some(beta2), chi2: some(beta3) || B0.some(some), chi3: some(beta4) };
}

export class StepNoise {
  readonly #engine: Engine;
  readonly #uses: UsedVariables;
  readonly #w: Float64Array;
  readonly #h: Float64Array;
  readonly #chi: Float64Array;

  constructor(engine: Engine, method: SriTableau, entries: number) {
    this.#engine = engine;
    this.#uses = usedVariables(method);
    this.#w = new Float64Array(entries);
    this.#h = new Float64Array(entries);
    this.#chi = new Float64Array(entries);
  }

  /** Those of the step from t to t + h along the path. */
  draw({ dW, chi1, chi2, chi3 }: NoiseVariables, path: BrownianPath, t: number, h: number): void {
    const [engine, w, area, chi] = [this.#engine, this.#w, this.#h, this.#chi];
    path.increment(t, t + h, w, area);
    engine.write(dW, w);
    if (this.#uses.chi1) {
      const root = 2 * Math.sqrt(h);
      for (let i = 0; i < w.length; i += 1) chi[i] = (w[i] * w[i] - h) / root;
      engine.write(chi1, chi);
    }
    if (this.#uses.chi2) {
      for (let i = 0; i < w.length; i += 1) chi[i] = w[i] / 2 + area[i];
      engine.write(chi2, chi);
    }
    if (this.#uses.chi3) {
      for (let i = 0; i < w.length; i += 1) chi[i] = (w[i] * (w[i] * w[i] - 3 * h)) / (6 * h);
      engine.write(chi3, chi);
    }
  }
}
