/** Tensors from plain numbers, for tests. */
import type { Engine, Tensor } from '../../src/engines/engine.js';

/** A new rows × columns tensor that holds `values`. */
export function tensorOf(engine: Engine, rows: number, columns: number, values: ArrayLike<number>): Tensor {
  const tensor = engine.allocate(rows, columns);
  engine.write(tensor, values);
  return tensor;
}
