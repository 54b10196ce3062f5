/**
 * Solves trained models again: each job goes to a worker thread, what comes out to the store, what is stored to the
 * listener.
 *
 * Invariants, as the coordinator's: an event is emitted only after its effect is committed; an evaluation that fails is
 * a result, only a database or a machine that fails ends the run; when `finished` settles, no thread is left.
 */
import PQueue from 'p-queue';
import { failureReason } from '../../training/failure-reason.js';
import type { CompletedEvaluation, EvaluationOutcome, EvaluationRequest } from '../../training/evaluation.js';
import type { TrialMessage } from '../../training/trial.js';
import type { Dispatcher } from '../dispatch/dispatcher.js';
import type { Evaluation, EvaluationEnd } from './evaluation.js';
import type { StopMode } from '../events.js';
import type { EvaluationJob } from './plan-evaluations.js';
import type { AttemptOrigin } from '../run-origin.js';
import type { Store } from '../store.js';

export interface EvaluationOptions {
  readonly jobs: readonly EvaluationJob[];
  /** What workers load: a built-in task's name, or the absolute path of its module. */
  readonly taskModule: string;
  readonly sweepSeed: number;
  /** Rejects with a UserError if the model cannot be had: the evaluation fails. */
  readonly loadModel: (job: EvaluationJob) => Promise<Float64Array>;
  /** Stays open. */
  readonly store: Store;
  /** Belongs to the run from here on, which closes it. */
  readonly dispatcher: Dispatcher<EvaluationRequest, CompletedEvaluation>;
  readonly origin: AttemptOrigin;
  /** Called once for each job, when its evaluation is stored. */
  readonly listen: (job: EvaluationJob, evaluation: Evaluation) => void;
}

export interface EvaluationRun {
  /** `drain` lets running ones finish, `abort` drops them. Idempotent; an abort may follow a drain. */
  readonly stop: (mode: StopMode) => void;
  readonly stopped: () => StopMode | null;
  /** Settles after the last thread has gone. @throws UserError if a result could not be stored or no thread can start */
  readonly finished: Promise<void>;
}

/** Starts at once. */
export function startEvaluations(options: EvaluationOptions): EvaluationRun {
  const { jobs, store, dispatcher, listen } = options;
  let stopped: StopMode | null = null;
  /** Boxed, because anything can be thrown. */
  let failure: { readonly error: unknown } | null = null;

  const evaluate = async (job: EvaluationJob): Promise<void> => {
    if (stopped !== null || failure !== null) return;
    try {
      const evaluation = await evaluateOnce(job, options);
      if (evaluation === null) return;
      await store.recordEvaluation(job.trial.id, evaluation);
      listen(job, evaluation);
    } catch (error) {
      failure ??= { error };
      dispatcher.abort();
    }
  };
  const finish = async (): Promise<void> => {
    const queue = new PQueue({ concurrency: dispatcher.workers });
    await queue.addAll(jobs.map((job) => () => evaluate(job)));
    await dispatcher.close();
    if (failure !== null) throw failure.error;
  };
  return {
    stop: (mode) => {
      if (stopped === 'abort') return;
      stopped = mode;
      if (mode === 'abort') dispatcher.abort();
    },
    stopped: () => stopped,
    finished: finish(),
  };
}

/** @returns null if it was interrupted */
async function evaluateOnce(job: EvaluationJob, options: EvaluationOptions): Promise<Evaluation | null> {
  const { dispatcher, loadModel, taskModule, sweepSeed, origin } = options;
  let environment: Evaluation['environment'] = null;
  const onMessage = (message: TrialMessage): void => {
    if (message.kind === 'environment') environment = message.environment;
  };
  let model: Float64Array;
  try {
    model = await loadModel(job);
  } catch (error) {
    return { setting: job.setting, origin, environment, end: { state: 'failed', reason: failureReason(error) } };
  }
  const request = { task: taskModule, parameters: job.parameters, sweepSeed, model };
  const end = endOf(await dispatcher.run(request, { onMessage }));
  return end === null ? null : { setting: job.setting, origin, environment, end };
}

function endOf(outcome: EvaluationOutcome): EvaluationEnd | null {
  switch (outcome.state) {
    case 'completed':
      return outcome.end === 'solved'
        ? { state: 'solved', result: outcome.result }
        : { state: 'unsolved', reason: outcome.reason };
    case 'interrupted':
      return null;
    case 'diverged':
    case 'failed':
    case 'timed_out':
    case 'cancelled':
      return { state: 'failed', reason: outcome.reason };
  }
}
