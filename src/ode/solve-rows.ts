/**
 * A linear system for each row of a tensor, by products of a map on the engine.
 */
import type { Engine, Tensor } from '../engines/engine.js';
import type { LinearResult, RowGmres } from './implicit/row-gmres.js';

/**
 * Solves A x = b, each row to a share of its own ‖b‖; x is zero where that is not a finite number.
 * @param apply target = A vector, overwritten
 * @param x overwritten @param product room for A x; both of b's shape and neither b
 */
export async function solveRows(
  engine: Engine,
  gmres: RowGmres,
  apply: (vector: Tensor, target: Tensor) => void,
  b: Tensor,
  tolerance: number,
  x: Tensor,
  product: Tensor,
): Promise<LinearResult> {
  const right = await engine.read(b);
  const solution = new Float64Array(right.length);
  const onHost = async (vectors: Float64Array, images: Float64Array): Promise<void> => {
    engine.write(x, vectors);
    apply(x, product);
    images.set(await engine.read(product));
  };
  const goals = new Float64Array(b.rows);
  for (let row = 0; row < b.rows; row += 1) {
    const entries = right.subarray(row * b.columns, (row + 1) * b.columns);
    goals[row] = tolerance * Math.sqrt(entries.reduce((sum, entry) => sum + entry * entry, 0));
  }
  const result = await gmres.solve(onHost, right, goals, solution);
  engine.write(x, solution.every(Number.isFinite) ? solution : new Float64Array(right.length));
  return result;
}
