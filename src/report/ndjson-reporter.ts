/**
 * The sweep as one JSON object a line, for programs. The stable contract:
 *
 * - Every line has `"v": 1` and `"event"`; events of a trial have `"trial"`, its number in the sweep.
 * - Names are those of the SQL views: snake_case, seconds in `…_seconds`, fractions in [0, 1].
 * - A number that JSON cannot write is the string "NaN", "Infinity" or "-Infinity"; null means "has none".
 * - Within one `v`, fields and events are added, never changed or taken away: ignore what you do not know.
 *
 * Events and their fields: `sweep_started` (sweep, task, seed, axes, objectives, workers, trials, finished,
 * requeued, retried, outside_plan, total) · `trials_added` (trials: their numbers, total) · `sweep_changed`
 * (workers, max_seconds) · `trial_started` (attempt, cell, parameters) · `trial_environment` (engine, dtype,
 * device, versions, model_parameters, choices) · `trial_resumed` (epoch) · `trial_noted` (message) ·
 * `trial_progress` (fraction, epoch, epochs, iteration,
 * iterations_per_epoch, loss, nfe) · `epoch_recorded` (every column of the epochs view) · `trial_completed`
 * (nfe, loss, accuracy, train_loss, train_seconds, predict_seconds, epochs) · `trial_ended` (state, code,
 * message, detail, epoch, iteration) · `trial_retried` (the same, wait_seconds) · `trial_requeued` · `sweep_paused`
 * (paused) · `sweep_stopping` (mode, cause) · `sweep_finished` (stopped, cause).
 */
import type { SweepEvent, SweepListener } from '../sweep/events.js';
import type { StoredTrial, TrialId } from '../sweep/store.js';
import { isTerminal } from '../sweep/trial-state.js';

/** @param output.write takes one line with its newline */
export function createNdjsonReporter({ write }: { readonly write: (text: string) => void }): SweepListener {
  const trials = new Map<TrialId, StoredTrial>();
  return (event) => {
    if (event.kind === 'sweep-started' || event.kind === 'trials-added')
      for (const trial of event.trials) trials.set(trial.id, trial);
    write(`${JSON.stringify({ v: 1, event: snakeCase(event.kind), ...fields(event, trials) }, writeNumber)}\n`);
    // Nothing follows of a trial that has ended.
    if (event.kind === 'trial-completed' || event.kind === 'trial-ended') trials.delete(event.trial);
  };
}

function fields(event: SweepEvent, trials: ReadonlyMap<TrialId, StoredTrial>): Readonly<Record<string, unknown>> {
  switch (event.kind) {
    case 'sweep-started':
      return {
        sweep: event.sweep.name,
        task: event.sweep.task,
        seed: event.sweep.seed,
        axes: event.sweep.axes,
        objectives: event.sweep.objectives,
        workers: event.workers,
        trials: event.trials.length,
        finished: event.trials.filter(({ state }) => isTerminal(state)).length,
        requeued: event.requeued.map((id) => trials.get(id)?.number),
        retried: event.retried.map((id) => trials.get(id)?.number),
        outside_plan: event.outsidePlan,
        total: event.total ?? event.trials.length,
      };
    case 'trials-added':
      return { trials: event.trials.map(({ number }) => number), total: event.total };
    case 'trial-started': {
      const cell = trials.get(event.trial)?.cell;
      return {
        trial: numberOf(event.trial, trials),
        attempt: event.attempt,
        cell: cell?.hash,
        parameters: cell?.parameters,
      };
    }
    case 'trial-environment':
      return { trial: numberOf(event.trial, trials), ...snakeKeys(event.environment) };
    case 'trial-progress':
      return { trial: numberOf(event.trial, trials), ...snakeKeys(event.progress) };
    case 'epoch-recorded':
      return { trial: numberOf(event.trial, trials), ...snakeKeys(event.metrics) };
    case 'trial-completed':
      return { trial: numberOf(event.trial, trials), ...snakeKeys(event.result) };
    case 'trial-ended':
      return { trial: numberOf(event.trial, trials), state: event.state, ...snakeKeys(event.reason) };
    case 'trial-retried': {
      const { state, reason, waitSeconds } = event;
      return { trial: numberOf(event.trial, trials), state, ...snakeKeys(reason), wait_seconds: waitSeconds };
    }
    case 'trial-resumed':
      return { trial: numberOf(event.trial, trials), epoch: event.epoch };
    case 'trial-noted':
      return { trial: numberOf(event.trial, trials), message: event.message };
    case 'trial-requeued':
      return { trial: numberOf(event.trial, trials) };
    case 'sweep-changed':
      return { workers: event.workers, max_seconds: event.maxSeconds };
    case 'sweep-paused':
      return { paused: event.paused };
    case 'sweep-stopping':
      return { mode: event.mode, cause: event.cause };
    case 'sweep-finished':
      return { stopped: event.stopped, cause: event.cause };
    default:
      return event satisfies never;
  }
}

function numberOf(id: TrialId, trials: ReadonlyMap<TrialId, StoredTrial>): number {
  const trial = trials.get(id);
  if (trial === undefined) throw new Error(`The sweep holds no trial with id ${id}.`);
  return trial.number;
}

/** First level only: the names within `versions` and `parameters` are other people's. */
function snakeKeys(record: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]: [string, unknown]) => [snakeCase(key), value]));
}

function snakeCase(name: string): string {
  return name.replace(/-/g, '_').replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function writeNumber(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}
