/** Small nets of every layer, and fixed numbers for their weights. */
import type { Chain } from '../../src/engines/layer.js';
import { activation, chain, concatTime, dense, power } from '../../src/models/chain.js';

export const nets: Readonly<Record<string, Chain>> = {
  'x³ – tanh': chain(2, [power(3), dense(6), activation('tanh'), dense(2)]),
  'time twice – tanh': chain(3, [
    concatTime(),
    dense(5),
    activation('tanh'),
    concatTime(),
    dense(3),
    activation('tanh'),
  ]),
  'time – sigmoid': chain(1, [concatTime(), dense(4), activation('sigmoid'), dense(1, { bias: false })]),
  relu: chain(2, [dense(7), activation('relu'), concatTime(), dense(2)]),
  'x² – sigmoid – x²': chain(2, [power(2), dense(3), activation('sigmoid'), power(2), dense(2)]),
};

/** Small deterministic numbers in (−1, 1); any fixed sequence will do. */
export function numbers(count: number, seed: number): Float64Array {
  let state = seed + 1;
  return Float64Array.from({ length: count }, () => {
    state = (state * 48271) % 2147483647;
    return (2 * state) / 2147483647 - 1;
  });
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((sum, value, k) => sum + value * b[k], 0);
}

/** Derivative at 0 by central differences, extrapolated twice: truncation O(h⁶). */
export async function derivative(f: (x: number) => Promise<number> | number, h = 1e-3): Promise<number> {
  const central = async (step: number) => ((await f(step)) - (await f(-step))) / (2 * step);
  const [d1, d2, d4] = [await central(4 * h), await central(2 * h), await central(h)];
  const [e1, e2] = [(4 * d2 - d1) / 3, (4 * d4 - d2) / 3];
  return (16 * e2 - e1) / 15;
}
