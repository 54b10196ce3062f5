/**
 * Automatic first step size: Hairer, Nørsett & Wanner I, II.4, algorithm after (4.14).
 *
 * One extra evaluation of f (an explicit Euler probe), so a solve starts with NFE = 2. The probe is capped at
 * the span, beyond the book's rule: f is never called outside [t0, t1], where a field may not exist; and neither it nor
 * the step is so small that rounding at t0 swallows it.
 */
import type { Engine, Tensor, Tolerances } from '../engines/engine.js';
import { pow } from '../elementary/elementary.js';
import type { VectorField } from './vector-field.js';

export interface InitialStepRequest {
  readonly engine: Engine;
  readonly field: VectorField;
  readonly t0: number;
  readonly t1: number;
  readonly y0: Tensor;
  /** f(t0, y0). */
  readonly derivative: Tensor;
  /** Overwritten: the probe's state and derivative. */
  readonly scratch: { readonly state: Tensor; readonly derivative: Tensor };
  /** Order of the propagated solution. */
  readonly order: number;
  readonly tolerances: Tolerances;
}

/** Shortest step in ulp of t0. */
const LEAST_ULPS = 16;

/** @returns |h|, at most |t1 − t0|; NaN if y0, f or the probe's f is not finite. */
export async function initialStep(request: InitialStepRequest): Promise<number> {
  const { engine, field, t0, t1, y0, derivative, scratch, order, tolerances } = request;
  const span = Math.abs(t1 - t0);
  const least = LEAST_ULPS * Number.EPSILON * Math.abs(t0);
  const [d0, d1] = await Promise.all([
    engine.scaledRms(y0, null, y0, tolerances),
    engine.scaledRms(derivative, null, y0, tolerances),
  ]);
  const probe = Math.min(Math.max(d0 < 1e-5 || d1 < 1e-5 ? 1e-6 : (0.01 * d0) / d1, least), span);
  const signed = t1 < t0 ? -probe : probe;
  engine.combine(scratch.state, y0, signed, [1], [derivative]);
  field.evaluate(t0 + signed, scratch.state, scratch.derivative);
  const d2 = (await engine.scaledRms(scratch.derivative, derivative, y0, tolerances)) / probe;
  if (!Number.isFinite(d0 + d1 + d2)) return NaN;
  const largest = Math.max(d1, d2);
  const step = largest <= 1e-15 ? Math.max(1e-6, 1e-3 * probe) : pow(0.01 / largest, 1 / order);
  return Math.min(Math.max(Math.min(100 * probe, step), least), span);
}
