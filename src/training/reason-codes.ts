/**
 * Why attempts end without a result: the codes that programs read, each with its meaning.
 *
 * Every code that a `TrialReason` may carry stands here, once; those of early stopping are the names of the pruners.
 */
import type { UserErrorCode } from '../errors.js';
import type { SolveState } from '../ode/outcome.js';

type FailedSolve = Exclude<SolveState, 'success' | 'event'>;

/** An attempt that ended so may be made again. */
export const retriableReasons = {
  non_finite: 'a loss, gradient or state is not finite',
  max_steps: 'a solve took more than max_steps steps',
  dt_min: 'a solve needed steps below dt_min',
  dt_underflow: 'a solve needed steps below the spacing of numbers',
  newton_failed: 'the equations of an implicit step were not solved',
  fixed_point_diverged: 'the fixed-point iteration of an implicit step went astray',
  error: 'an exception',
  usage: 'parameters that do not fit together',
  environment: 'something that the machine lacks',
  database: 'the database failed',
  device_lost: 'the GPU is gone',
  out_of_memory: 'the trial exceeded trial.memory_mb, or its worker the heap',
  worker_exit: 'the worker ended before its trial',
  timeout: 'the trial took longer than trial.timeout',
  exit_status: 'another program exited with a status that is not 0',
  no_result: 'another program ended well, but told no loss',
} as const satisfies Record<FailedSolve | UserErrorCode, string> & Record<string, string>;

/** Someone wished it, or the run itself ended: the attempt is not made again for its reason. */
export const otherReasons = {
  killed: 'someone asked for its end',
  process_gone: 'the process that ran it is gone; the trial is queued again',
} as const;

export type RetriableReason = keyof typeof retriableReasons;

export const retriableReasonCodes = Object.keys(retriableReasons) as RetriableReason[];
