/** What a sweep file says about when to stop: each trial, and the whole run. */
import {
  defaultFailureBudget,
  defaultRetryPolicy,
  parseFailureBudget,
  type FailureBudget,
  type RetryPolicy,
} from '../coordinator/retry-policy.js';
import { parseDuration } from './duration.js';
import type { SweepFile } from './file-schema.js';

/** Beside what a checkpoint costs, milliseconds, nothing; as work to lose in a crash, little. */
const defaultCheckpointSeconds = 30;

/** Null where the file says nothing and there is no limit. */
export interface SweepLimits {
  /** Of what each trial holds (`training/memory-limit.ts`). */
  readonly memoryMegabytes: number | null;
  /** Of each trial, wall time. */
  readonly timeoutSeconds: number | null;
  /** Least time between two checkpoints of a trial. */
  readonly checkpointSeconds: number;
  readonly retryPolicy: RetryPolicy;
  readonly failureBudget: FailureBudget;
  /** Of the run, wall time; then running trials leave a checkpoint, go back to the queue, and no other starts. */
  readonly maxSeconds: number | null;
}

/** What a sweep file says of limits. */
type LimitKeys = Pick<SweepFile, 'trial' | 'failure_budget' | 'max_time'>;

/** Those of an empty file are the defaults. */
export function limitsOf({ trial, failure_budget: budget, max_time: maxTime }: LimitKeys): SweepLimits {
  return {
    memoryMegabytes: trial?.memory_mb ?? null,
    timeoutSeconds: trial?.timeout === undefined ? null : parseDuration(trial.timeout),
    checkpointSeconds: parseDuration(trial?.checkpoint_every ?? defaultCheckpointSeconds),
    retryPolicy: {
      ...defaultRetryPolicy,
      ...(trial?.max_retries === undefined ? {} : { maxRetries: trial.max_retries }),
      ...(trial?.retry_on === undefined ? {} : { reasons: trial.retry_on }),
    },
    failureBudget: (budget === undefined ? null : parseFailureBudget(budget)) ?? defaultFailureBudget,
    maxSeconds: maxTime === undefined ? null : parseDuration(maxTime),
  };
}
