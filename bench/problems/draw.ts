/** Weights and inputs of the problems, drawn in the order that every library shares. */
import type { DenseShape } from './problem.js';
import type { MersenneTwister } from './mersenne-twister.js';

export const SEED = 20211105;

/** Glorot uniform W, row by row, and b = 0, for which nothing is drawn. */
export function drawWeights(random: MersenneTwister, layers: readonly DenseShape[]): Float64Array {
  const values: number[] = [];
  for (const { inputs, outputs } of layers) {
    const bound = Math.sqrt(6 / (inputs + outputs));
    for (let k = 0; k < inputs * outputs; k += 1) values.push(random.uniform(-bound, bound));
    for (let k = 0; k < outputs; k += 1) values.push(0);
  }
  return Float64Array.from(values);
}

export function drawUniform(random: MersenneTwister, count: number, low: number, high: number): Float64Array {
  return Float64Array.from({ length: count }, () => random.uniform(low, high));
}

/** `count` times from 0 to t1, equally spaced, both ends among them. */
export function equallySpaced(count: number, t1: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => (i === count - 1 ? t1 : (t1 * i) / (count - 1)));
}
