/**
 * Automatic first step of a stochastic solve: Hairer's rule (`ode/initial-step.ts`) with three standard deviations of
 * the noise added to the drift, as StochasticDiffEq does.
 *
 * sc = atol + rtol|u0|; d0 = RMS(u0/sc); d1 = RMS((|f0| + 3|g0|)/sc); a probe of length p = 0.01 d0/d1 along the drift;
 * d2 = RMS((|f1 − f0| + 3|g0| + 3|g1|)/sc)/p; h = min(100 p, (0.01/max(d1, d2))^(1/(k + ½)), t1 − t0), k the strong order.
 * The sum |g0| + |g1| in d2 is that rule's bound on the change of the noise term. It makes first steps short, and with
 * growth limited to 9/8 it shows in NFE, which is why it is kept. Two calls each of drift and diffusion.
 */
import type { Engine, Tensor, Tolerances } from '../../engines/engine.js';
import { pow } from '../../elementary/elementary.js';
import type { VectorField } from '../vector-field.js';

export interface InitialSdeStepRequest {
  readonly engine: Engine;
  readonly drift: VectorField;
  readonly diffusion: VectorField;
  readonly t0: number;
  readonly t1: number;
  readonly y0: Tensor;
  /** Overwritten. */
  readonly scratch: { readonly drift: Tensor; readonly diffusion: Tensor; readonly state: Tensor };
  /** Strong order of the method. */
  readonly order: number;
  readonly tolerances: Tolerances;
}

const DEVIATIONS = 3;

/** @returns h ≤ t1 − t0; NaN if the state or a field is not finite */
export async function initialSdeStep(request: InitialSdeStepRequest): Promise<number> {
  const { engine, drift, diffusion, t0, t1, y0, scratch, order, tolerances } = request;
  const span = t1 - t0;
  drift.evaluate(t0, y0, scratch.drift);
  diffusion.evaluate(t0, y0, scratch.diffusion);
  const [y, f0, g0] = [await engine.read(y0), await engine.read(scratch.drift), await engine.read(scratch.diffusion)];
  const scaled = (size: (i: number) => number): number => {
    let sum = 0;
    for (let i = 0; i < y.length; i += 1) sum += (size(i) / (tolerances.atol + tolerances.rtol * Math.abs(y[i]))) ** 2;
    return Math.sqrt(sum / y.length);
  };
  const d0 = scaled((i) => y[i]);
  const d1 = scaled((i) => Math.abs(f0[i]) + DEVIATIONS * Math.abs(g0[i]));
  const probe = Math.min(d0 < 1e-5 || d1 < 1e-5 ? 1e-6 : (0.01 * d0) / d1, span);

  engine.combine(scratch.state, y0, probe, [1], [scratch.drift]);
  drift.evaluate(t0 + probe, scratch.state, scratch.drift);
  diffusion.evaluate(t0 + probe, scratch.state, scratch.diffusion);
  const [f1, g1] = [await engine.read(scratch.drift), await engine.read(scratch.diffusion)];
  const change = (i: number): number => Math.abs(f1[i] - f0[i]) + DEVIATIONS * (Math.abs(g0[i]) + Math.abs(g1[i]));
  const d2 = scaled(change) / probe;
  if (!Number.isFinite(d0 + d1 + d2)) return NaN;
  const largest = Math.max(d1, d2);
  const step = largest <= 1e-15 ? Math.max(1e-6, 1e-3 * probe) : pow(0.01 / largest, 1 / (order + 0.5));
  return Math.min(100 * probe, step, span);
}
