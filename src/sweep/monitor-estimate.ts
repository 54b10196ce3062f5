/**
 * How long the sweep still takes: a ratio of sums, so that it moves smoothly.
 *
 * The mean cost of a trial is D = (worker-seconds spent) / (trials done, running ones counted by their
 * fraction): a trial that ends moves between the two halves of each sum without a jump. The rest of a
 * running trial is estimated from its own speed, shrunk towards D while little of it is done.
 * Limits: trials that fail early pull D down, and the order of long and short trials is not known.
 */
import type { StopMode } from './events.js';
import type { TrialView } from './monitor-trial.js';
import type { TrialState } from './trial-state.js';

export interface SweepStanding {
  readonly trials: readonly TrialView[];
  /** Trials in the end: those beyond `trials` are to come. */
  readonly total: number;
  readonly counts: Readonly<Record<TrialState, number>>;
  readonly workers: number;
  readonly stopping: StopMode | null;
  /** Trials that ended during this run, and their wall time together. */
  readonly ended: { readonly trials: number; readonly seconds: number };
  /** Milliseconds, same clock as `startedAt` of the trials. */
  readonly now: number;
}

/** Fewer trials done than this (fractions count) are no evidence. */
const leastEvidence = 0.1;
/** A running trial's own speed weighs as much as the mean when it has done this share. */
const priorFraction = 0.25;

/** Seconds until nothing is left to run; 0 when nothing is, null while there is too little evidence. */
export function estimateRemaining(standing: SweepStanding): number | null {
  const { counts, ended, stopping, workers } = standing;
  const queued = stopping === null ? counts.queued + standing.total - standing.trials.length : 0;
  const running = counts.running === 0 ? [] : standing.trials.filter(({ state }) => state === 'running');
  if (queued + running.length === 0) return 0;
  if (stopping === 'abort') return null;

  const attempts = running.map((trial) => ({
    fraction: Math.min(1, trial.progress?.fraction ?? 0),
    seconds: trial.startedAt === null ? 0 : (standing.now - trial.startedAt) / 1000,
  }));
  const done = ended.trials + sum(attempts.map(({ fraction }) => fraction));
  if (done < leastEvidence) return null;

  const mean = (ended.seconds + sum(attempts.map(({ seconds }) => seconds))) / done;
  const rests = attempts.map(
    ({ fraction, seconds }) => ((1 - fraction) * (seconds + priorFraction * mean)) / (fraction + priorFraction),
  );
  const parallel = Math.max(1, Math.min(workers, queued + running.length));
  return Math.max((queued * mean + sum(rests)) / parallel, ...rests, queued > 0 ? mean : 0);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
