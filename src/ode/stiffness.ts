/**
 * Stiffness estimates from the last two stages of a step: |λ| along the direction in which they differ.
 *
 * Source: Shampine 1977; Hairer & Wanner II, IV.2; arXiv 2105.03918, section 3.2 (numerics, section 2). For
 * y' = λy both norms give |λ| to rounding. What is divided by 0 counts as 0. Known limits: where the two stage states agree but for
 * rounding, the estimate is rounding as well; where the two stages stand at different times (bosh3, heun21, rkf45, the
 * fixed-step methods) a field that depends on t adds its change in time, as if it were stiffness.
 */
import type { Awaitable, Engine, EntryRatio, Tensor } from '../engines/engine.js';

export const stiffnessNorms = ['rms', 'max'] as const;

/** RMS(k_s − k_{s−1}) / RMS(g_s − g_{s−1}), or the largest ratio over entries. */
export type StiffnessNorm = (typeof stiffnessNorms)[number];

export type StiffnessEstimate = RmsStiffness | MaxStiffness;

export interface RmsStiffness {
  readonly norm: 'rms';
  readonly value: number;
  /** RMS(k_s − k_{s−1}) */
  readonly stageDifference: number;
  /** RMS(g_s − g_{s−1}) */
  readonly stateDifference: number;
}

export interface MaxStiffness {
  readonly norm: 'max';
  readonly value: number;
  /** Where the ratio is largest, as a row-major index, with the signed differences there. */
  readonly entry: number;
  readonly stageDifference: number;
  readonly stateDifference: number;
}

/** The last two stages k and their states g: `[last, the one before]`. */
export interface LastStages {
  readonly stages: readonly [Tensor, Tensor];
  readonly states: readonly [Tensor, Tensor];
}

export function estimateStiffness(
  engine: Engine,
  norm: StiffnessNorm,
  { stages, states }: LastStages,
): Awaitable<StiffnessEstimate> {
  if (norm === 'max') {
    const ratio = engine.maxRatio(...stages, ...states);
    return ratio instanceof Promise ? ratio.then(maxStiffness) : maxStiffness(ratio);
  }
  const stage = engine.rmsDifference(...stages);
  const state = engine.rmsDifference(...states);
  if (typeof stage === 'number' && typeof state === 'number') return rmsStiffness(stage, state);
  return Promise.all([stage, state]).then(([stageValue, stateValue]) => rmsStiffness(stageValue, stateValue));
}

function rmsStiffness(stageDifference: number, stateDifference: number): RmsStiffness {
  const value = stateDifference === 0 ? 0 : stageDifference / stateDifference;
  return { norm: 'rms', value, stageDifference, stateDifference };
}

function maxStiffness({ value, entry, numerator, denominator }: EntryRatio): MaxStiffness {
  return { norm: 'max', value, entry, stageDifference: numerator, stateDifference: denominator };
}
