/**
 * The matrix of a step's linear systems, v ↦ v − γ J v with J = f_y or f_yᵀ, as a map on the host.
 */
import type { Engine, Tensor } from '../../engines/engine.js';
import type { RowwiseMap } from './row-gmres.js';

export interface JacobianProduct {
  readonly engine: Engine;
  /** Receives v; `apply` reads it and overwrites `product` with J v. */
  readonly vector: Tensor;
  readonly product: Tensor;
  readonly apply: () => void;
}

export function stepMatrix(gamma: number, { engine, vector, product, apply }: JacobianProduct): RowwiseMap {
  return (vectors, images) => {
    const finish = (products: Float64Array): void => {
      for (let i = 0; i < images.length; i += 1) images[i] = vectors[i] - gamma * products[i];
    };
    engine.write(vector, vectors);
    apply();
    const reading = engine.read(product);
    if (reading instanceof Promise) return reading.then(finish);
    finish(reading);
    return undefined;
  };
}
