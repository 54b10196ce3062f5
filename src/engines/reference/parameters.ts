/** A model's parameters on the reference engine. */
import type { Parameters } from '../engine.js';
import { requireLength } from '../shape.js';
import type { Matrix, MatrixPool } from './matrix.js';

export interface ReferenceParameters extends Parameters {
  readonly values: Float64Array;
  readonly gradient: Matrix;
}

export function createParameters(pool: MatrixPool, initial: ArrayLike<number>): ReferenceParameters {
  return { count: initial.length, values: Float64Array.from(initial), gradient: pool.allocate(1, initial.length) };
}

export function writeParameters(parameters: ReferenceParameters, values: ArrayLike<number>): void {
  requireLength('writeParameters', parameters.count, values.length);
  parameters.values.set(values);
}
