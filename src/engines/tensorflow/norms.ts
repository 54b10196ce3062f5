/**
 * The scaled norms of the solver and the pullback of the error norm (numerics: joint error norm), on handles.
 *
 * Invariant: entries are computed in f32, their squares summed in doubles. Each is to be called within `within`.
 */
import type { Tolerances } from '../engine.js';
import type { Handle } from './binding.js';
import type { Operations } from './operations.js';

/**
 * base + Σ (scale·coefficient_j)·term_j; null without a base and a coefficient other than 0.
 *
 * A pass for each term and one over all of them: no operation of TensorFlow's scales and adds in one, and to stack the
 * terms for a product with the coefficients costs more than these passes do.
 */
export function weightedSum(
  operations: Operations,
  base: Handle | null,
  scale: number,
  coefficients: readonly number[],
  terms: readonly Handle[],
): Handle | null {
  const summands = base === null ? [] : [base];
  for (const [j, coefficient] of coefficients.entries()) {
    if (coefficient !== 0) summands.push(operations.scale(terms[j], Math.fround(scale * coefficient)));
  }
  return summands.length === 0 ? null : operations.addAll(summands);
}

/** Root of the mean of x². */
export function rms(operations: Operations, x: Handle, entries: number): number {
  return Math.sqrt(operations.sumOfSquares(x) / entries);
}

/** atol + rtol·|y|, where y is given by its size. */
export function errorScale(operations: Operations, size: Handle, { atol, rtol }: Tolerances): Handle {
  return operations.add(operations.scale(size, rtol), operations.scalar(atol));
}

/** x over its scale; 0 / 0, which only an absolute tolerance of 0 allows, counts as 0. */
export function scaled(operations: Operations, x: Handle, scale: Handle, { atol }: Tolerances): Handle {
  return atol === 0 ? operations.divideOrZero(x, scale) : operations.divide(x, scale);
}

/** What `pullErrorNorm` gives: cotangents of e, and of y0 and y1 through the scale. */
export type ErrorCotangents = readonly [eBar: Handle, y0Bar: Handle, y1Bar: Handle];

/**
 * With E = sqrt(mean (e/s)²) and s = atol + rtol·max(|y0|, |y1|), for E ≠ 0:
 * ∂E/∂e = e / (n E s²) and ∂E/∂s = −e² / (n E s³).
 * @param factor Ē / (n E)
 */
export function pullErrorNorm(
  operations: Operations,
  e: Handle,
  y0: Handle,
  y1: Handle,
  tolerances: Tolerances,
  factor: number,
): ErrorCotangents {
  const [size0, size1] = [operations.absolute(y0), operations.absolute(y1)];
  const scale = errorScale(operations, operations.maximum(size0, size1), tolerances);
  const ratio = scaled(operations, e, scale, tolerances);
  const eBar = operations.multiply(scaled(operations, ratio, scale, tolerances), operations.scalar(factor));
  const scaleBar = operations.scale(operations.multiply(eBar, ratio), -tolerances.rtol);
  const first = operations.greaterEqual(size0, size1);
  const zero = operations.scalar(0);
  const y0Bar = operations.select(first, operations.multiply(scaleBar, operations.sign(y0)), zero);
  const y1Bar = operations.select(first, zero, operations.multiply(scaleBar, operations.sign(y1)));
  return [eBar, y0Bar, y1Bar];
}
