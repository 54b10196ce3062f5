/** Itô equations with truly diagonal noise and a closed form along the path. */
import type { Engine } from '../../../src/engines/engine.js';
import type { BrownianPath } from '../../../src/ode/sde/brownian-path.js';
import { entrywiseField, type EntrywiseField } from './entrywise-field.js';

export interface SdeProblem {
  readonly drift: EntrywiseField;
  readonly diffusion: EntrywiseField;
  readonly start: number;
  /** The solution at time t along each motion of a path that starts at 0. */
  readonly exact: (path: BrownianPath, t: number) => Float64Array;
}

/** du = μ u dt + σ u dW: u = u0 exp((μ − σ²/2) t + σ W). */
export function geometricBrownianMotion(engine: Engine, mu: number, sigma: number): SdeProblem {
  const start = 0.7;
  return {
    drift: entrywiseField(engine, (u) => mu * u),
    diffusion: entrywiseField(
      engine,
      (u) => sigma * u,
      () => sigma,
    ),
    start,
    exact: (path, t) => atEnd(path, t, (w) => start * Math.exp((mu - sigma ** 2 / 2) * t + sigma * w)),
  };
}

/** du = −a² u (1 − u²) dt + a (1 − u²) dW: u = tanh(a W + artanh u0) (Kloeden & Platen, (4.4.45)). */
export function hyperbolicTangent(engine: Engine, a: number): SdeProblem {
  const start = 0.2;
  return {
    drift: entrywiseField(engine, (u) => -a * a * u * (1 - u * u)),
    diffusion: entrywiseField(
      engine,
      (u) => a * (1 - u * u),
      (u) => -2 * a * u,
    ),
    start,
    exact: (path, t) => atEnd(path, t, (w) => Math.tanh(a * w + Math.atanh(start))),
  };
}

/**
 * du = (a u + b) dt + σ u dW. Its fields do not commute, so that the order of a method depends on the areas H, which
 * the other two do not: u = Φ (u0 + b ∫ ds/Φ_s), Φ = exp((a − σ²/2) t + σ W).
 */
export function inhomogeneousLinear(engine: Engine, a: number, b: number, sigma: number): SdeProblem {
  const start = 0.5;
  const c = a - sigma ** 2 / 2;
  return {
    drift: entrywiseField(engine, (u) => a * u + b),
    diffusion: entrywiseField(
      engine,
      (u) => sigma * u,
      () => sigma,
    ),
    start,
    exact: (path, t) => {
      // ∫ over a fine interval by its W and H: ∫ (W_s − W) ds = h (W/2 + H), and ∫ (W_s − W)² ds by its mean given W.
      // What is left out is O(h²) with mean 0: an error of 1e-5 in all.
      const intervals = 4096;
      const h = t / intervals;
      const [w, area] = [new Float64Array(path.entries), new Float64Array(path.entries)];
      const [total, integral] = [new Float64Array(path.entries), new Float64Array(path.entries)];
      for (let j = 0; j < intervals; j += 1) {
        path.increment(j * h, (j + 1) * h, w, area);
        for (let i = 0; i < w.length; i += 1) {
          const first = h * (w[i] / 2 + area[i]);
          const second = (h * h) / 6 + (h * w[i] * w[i]) / 3;
          const part = h - (c * h * h) / 2 - sigma * first + (sigma ** 2 / 2) * second;
          integral[i] += Math.exp(-c * j * h - sigma * total[i]) * part;
          total[i] += w[i];
        }
      }
      return total.map((value, i) => Math.exp(c * t + sigma * value) * (start + b * integral[i]));
    },
  };
}

function atEnd(path: BrownianPath, t: number, solution: (w: number) => number): Float64Array {
  const [w, area] = [new Float64Array(path.entries), new Float64Array(path.entries)];
  path.increment(0, t, w, area);
  return w.map(solution);
}
