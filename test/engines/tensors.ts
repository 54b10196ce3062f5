/** Tensors from plain numbers, for tests. */
import type { Engine, Tensor } from '../../src/engines/engine.js';

/** A new rows × columns tensor that holds `values`. */
export function tensorOf(engine: Engine, rows: number, columns: number, values: ArrayLike<number>): Tensor {
  const tensor = engine.allocate(rows, columns);
  engine.write(tensor, values);
  return tensor;
}

/**
 * `count` numbers in (−limit, limit) without structure, the same for the same seed; exact in f32 for a limit that is a
 * power of two.
 */
export function noise(seed: number, count: number, limit: number): Float64Array {
  let state = seed >>> 0;
  return Float64Array.from({ length: count }, () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((((mixed ^ (mixed >>> 16)) >>> 9) + 0.5) / 2 ** 22 - 1) * limit;
  });
}
