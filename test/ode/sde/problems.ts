/** Itô equations with truly diagonal noise and a closed form along the path. */
import type { Engine } from '../../../src/engines/engine.js';
import { entrywiseField, type EntrywiseField } from './entrywise-field.js';

export interface SdeProblem {
  readonly drift: EntrywiseField;
  readonly diffusion: EntrywiseField;
  readonly start: number;
  /** The solution at time t where the path's W is w. */
  readonly exact: (t: number, w: number) => number;
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
    exact: (t, w) => start * Math.exp((mu - sigma ** 2 / 2) * t + sigma * w),
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
    exact: (_, w) => Math.tanh(a * w + Math.atanh(start)),
  };
}
