/**
 * Trials that are never stopped although the rule says so: by how they end, the rule can be judged.
 *
 * Which they are follows from the seed of the sweep and the cell alone, so that it depends neither on what else runs
 * nor on how often the sweep was resumed; a larger share spares the same trials and more.
 */
import { createRandom } from '../random/create-random.js';

/** @param share of all trials, in [0, 1] @param cellHash of the trial's cell */
export function isSpared(share: number, sweepSeed: number, cellHash: string): boolean {
  return createRandom({ sweepSeed, trialSeed: 0 }, `spared from early stopping: ${cellHash}`).uniform() < share;
}
