/** Pixels and labels of the MNIST problems: noise of the right shape, so that no data set must be loaded. */
import { drawUniform, SEED } from './draw.js';
import { MersenneTwister } from './mersenne-twister.js';

export interface Digits {
  readonly rows: number;
  /** rows × 784 in [0, 1). */
  readonly pixels: Float64Array;
  readonly labels: Float64Array;
}

export function drawDigits(): Digits {
  const rows = 512;
  const random = new MersenneTwister(SEED + 1);
  const pixels = drawUniform(random, rows * 784, 0, 1);
  return { rows, pixels, labels: Float64Array.from({ length: rows }, () => Math.floor(10 * random.sample())) };
}
