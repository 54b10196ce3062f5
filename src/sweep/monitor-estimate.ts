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
  const queued = stopping === null ? counts.queued : 0;
  const running = counts.running === 0 ? [] : standing.trials.filter(({ state }) => state === 'running');
  if (queued + running.length === 0) return 0;
  if (stopping === 'abort') return null;

  const attempts = running.map((trial) => ({
    ...sharesOf(trial, stopping),
    seconds: trial.startedAt === null ? 0 : (standing.now - trial.startedAt) / 1000,
  }));
  const done = ended.trials + sum(attempts.map(({ gained }) => gained));
  if (done < leastEvidence) return null;

  const mean = (ended.seconds + sum(attempts.map(({ seconds }) => seconds))) / done;
  const rests = attempts.map(
    ({ left, gained, seconds }) => (left * (seconds + priorFraction * mean)) / (gained + priorFraction),
  );
  const parallel = Math.max(1, Math.min(workers, queued + running.length));
  return Math.max((queued * mean + sum(rests)) / parallel, ...rests, queued > 0 ? mean : 0);
}

/** Shares of a running trial: done by this attempt, and left until it ends – in a drain, until its epoch does. */
function sharesOf({ progress, resumedEpoch }: TrialView, stopping: StopMode | null) {
  if (progress === null) return { gained: 0, left: 1 };
  const { epochs } = progress;
  const fraction = Math.min(1, progress.fraction);
  const goal = stopping === 'drain' ? Math.ceil(fraction * epochs) / epochs : 1;
  return { gained: Math.max(0, fraction - resumedEpoch / epochs), left: goal - fraction };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
