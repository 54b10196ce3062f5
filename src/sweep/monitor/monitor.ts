/**
 * What a sweep looks like right now: folds the event stream into immutable snapshots for readers.
 *
 * No React, no I/O, no timer: whoever shows a snapshot asks for it when it likes. Invariants:
 * - `snapshot()` keeps its identity until an event arrived or, while the sweep runs, a second passed.
 * - A trial's view is replaced, never changed, and the views of all other trials are shared: an event
 *   costs O(1) beside the epochs of its own trial, a standing what runs, a snapshot one array of references.
 * - The frontier of new results and the old frontier is the frontier of all: results are immutable.
 */
import type { DurationEstimate } from '../../forecast/duration-estimate.js';
import { frontier, type PointObjective } from '../../pareto/frontier.js';
import type { TrialResult } from '../../training/trial.js';
import type { SweepEvent, SweepListener, StopMode } from '../events.js';
import { comparedObjectives, objectiveValue } from './monitor-objectives.js';
import { endTrial, startTrial, viewTrial, type TrialView } from './monitor-trial.js';
import { RunForecast } from './run-forecast.js';
import type { Objective, StoredSweep, StoredTrial, TrialId } from '../store.js';
import { isTerminal, trialStates, type TrialState } from '../trial-state.js';

/** How the sweep stands, without its trials one by one: cheap also after each event of a sweep of 100,000. */
export interface SweepStanding {
  /** Null until the sweep has started. */
  readonly sweep: StoredSweep | null;
  readonly workers: number;
  readonly counts: Readonly<Record<TrialState, number>>;
  /** Trials in the end: more than there are while an adaptive plan grows. */
  readonly total: number;
  /** The two objectives that the frontier compares, horizontal axis first. */
  readonly objectives: readonly [Objective, Objective];
  /** In the order in which they started. */
  readonly running: readonly TrialView[];
  /** Trials that ended during this run, per minute; null before the first. */
  readonly perMinute: number | null;
  /** Seconds since the sweep started; frozen when it has finished. */
  readonly elapsed: number;
  /** The monitor's clock, in milliseconds: against it a running trial's `startedAt` is an age. */
  readonly now: number;
  /** Until the end, as far as one can tell; null without evidence. */
  readonly remaining: DurationEstimate | null;
  /** Whether no further trial starts for now. */
  readonly paused: boolean;
  readonly stopping: StopMode | null;
  readonly finished: boolean;
}

export interface SweepSnapshot extends SweepStanding {
  /** By number. */
  readonly trials: readonly TrialView[];
  /** Completed trials that no other one dominates, by the first objective's value, ascending. */
  readonly frontier: readonly TrialId[];
}

export interface Monitor {
  /** Give this to the coordinator. @throws Error on an event of a trial that the sweep does not hold. */
  readonly listen: SweepListener;
  readonly snapshot: () => SweepSnapshot;
  readonly standing: () => SweepStanding;
  /** @throws Error if the sweep holds no such trial */
  readonly trial: (id: TrialId) => TrialView;
  /** Calls `changed` after every event. @returns how to stop that. */
  readonly subscribe: (changed: () => void) => () => void;
}

/** Epochs of trials that have ended: some 10 MB. A sweep of 50,000 trials of 100 epochs would fill the memory. */
const keptEpochs = 20_000;

/** Results that wait to be held against the frontier. */
const mostArrived = 4096;

/** @param clock.now milliseconds of a clock that never goes back, e.g. `performance.now` */
export function createMonitor(clock: { readonly now: () => number }): Monitor {
  const subscribers = new Set<() => void>();
  const positions = new Map<TrialId, number>();
  const trials: TrialView[] = [];
  const runningIds = new Set<TrialId>();
  const counts = Object.fromEntries(trialStates.map((state) => [state, 0])) as Record<TrialState, number>;
  let sweep: StoredSweep | null = null;
  let workers = 0;
  let total = 0;
  let startedAt = 0;
  let finishedAt: number | null = null;
  let paused = false;
  let stopping: StopMode | null = null;
  let best: readonly FrontierPoint[] = [];
  let bestIds: readonly TrialId[] = [];
  let arrived: FrontierPoint[] = [];
  let endedTrials = 0;
  /** In the order in which they ended; those whose epochs are kept. */
  const endedWithEpochs: TrialId[] = [];
  let endedEpochs = 0;
  let forecast = new RunForecast();
  let objectives = comparedObjectives([]);
  let latest: SweepSnapshot | null = null;
  let latestSecond = 0;

  const elapsed = () => (sweep === null ? 0 : ((finishedAt ?? clock.now()) - startedAt) / 1000);

  function positionOf(id: TrialId): number {
    const position = positions.get(id);
    if (position === undefined) throw new Error(`The sweep holds no trial with id ${id}.`);
    return position;
  }

  function change(id: TrialId, next: (view: TrialView) => TrialView): void {
    const position = positionOf(id);
    const view = trials[position];
    const changed = next(view);
    counts[view.state] -= 1;
    counts[changed.state] += 1;
    trials[position] = changed;
    if (changed.state === 'running') runningIds.add(id);
    else runningIds.delete(id);
    if (isTerminal(changed.state) && !isTerminal(view.state)) {
      endedTrials += 1;
      forecast.ended(changed);
      arrive(changed.id, changed.result);
      forgetOldest(changed);
    }
  }

  /** Curves of the trials that ended first make room for those of the latest. */
  function forgetOldest({ id, epochs }: TrialView): void {
    if (epochs.length === 0) return;
    endedWithEpochs.push(id);
    endedEpochs += epochs.length;
    while (endedEpochs > keptEpochs && endedWithEpochs.length > 1) {
      const position = positions.get(endedWithEpochs.shift() ?? id) ?? 0;
      endedEpochs -= trials[position].epochs.length;
      trials[position] = { ...trials[position], epochs: [] };
    }
  }

  function arrive(id: TrialId, result: TrialResult | null): void {
    if (result === null) return;
    arrived.push({ id, result });
    // Nobody may ever look at the frontier: then what cannot be on it is not kept for it.
    if (arrived.length === mostArrived) currentFrontier();
  }

  function begin(event: Extract<SweepEvent, { kind: 'sweep-started' }>): void {
    sweep = event.sweep;
    workers = event.workers;
    startedAt = clock.now();
    finishedAt = null;
    paused = false;
    stopping = null;
    objectives = comparedObjectives(sweep.objectives);
    trials.length = 0;
    runningIds.clear();
    endedWithEpochs.length = 0;
    endedEpochs = 0;
    positions.clear();
    best = [];
    bestIds = [];
    arrived = [];
    endedTrials = 0;
    forecast = new RunForecast();
    for (const state of trialStates) counts[state] = 0;
    enter(event.trials);
    total = event.total ?? trials.length;
  }

  function enter(added: readonly StoredTrial[]): void {
    for (const stored of [...added].sort((a, b) => a.number - b.number)) {
      positions.set(stored.id, trials.length);
      const view = viewTrial(stored);
      trials.push(view);
      counts[stored.state] += 1;
      if (stored.state === 'running') runningIds.add(stored.id);
      forecast.ended(view);
      arrive(stored.id, stored.result);
    }
  }

  function fold(event: SweepEvent): void {
    switch (event.kind) {
      case 'sweep-started':
        begin(event);
        return;
      case 'trials-added':
        enter(event.trials);
        total = event.total;
        return;
      case 'trial-started':
        change(event.trial, (view) => startTrial(view, event.attempt, clock.now()));
        return;
      case 'trial-environment':
        change(event.trial, (view) => ({ ...view, environment: event.environment }));
        return;
      case 'trial-resumed':
        change(event.trial, (view) => ({ ...view, resumedEpoch: event.epoch }));
        return;
      case 'trial-noted':
        change(event.trial, (view) => ({ ...view, note: event.message }));
        return;
      case 'trial-progress':
        change(event.trial, (view) => ({ ...view, progress: event.progress }));
        return;
      case 'epoch-recorded':
        change(event.trial, (view) => ({ ...view, epochs: [...view.epochs, event.metrics] }));
        return;
      case 'trial-completed':
        change(event.trial, (view) => endTrial({ ...view, state: 'completed', result: event.result }, clock.now()));
        return;
      case 'trial-ended':
        change(event.trial, (view) => endTrial({ ...view, state: event.state, reason: event.reason }, clock.now()));
        return;
      case 'trial-retried':
      case 'trial-requeued':
        change(event.trial, (view) => ({ ...view, state: 'queued', startedAt: null, progress: null, epochs: [] }));
        return;
      case 'sweep-changed':
        workers = event.workers;
        return;
      case 'sweep-paused':
        paused = event.paused;
        return;
      case 'sweep-stopping':
        stopping = event.mode;
        return;
      case 'sweep-finished':
        finishedAt = clock.now();
        return;
      default:
        event satisfies never;
    }
  }

  function currentFrontier(): readonly TrialId[] {
    if (arrived.length > 0) {
      best = frontier([...best, ...arrived], objectives.map(pointObjective));
      arrived = [];
      const across = (point: FrontierPoint) => objectiveValue(point.result, objectives[0].name) ?? 0;
      bestIds = [...best].sort((a, b) => across(a) - across(b)).map(({ id }) => id);
    }
    return bestIds;
  }

  function standing(): SweepStanding {
    const seconds = elapsed();
    const now = clock.now();
    const running = Array.from(runningIds, (id) => trials[positionOf(id)]);
    return {
      sweep,
      workers,
      counts: { ...counts },
      total,
      objectives,
      running,
      perMinute: endedTrials === 0 || seconds === 0 ? null : (60 * endedTrials) / seconds,
      elapsed: seconds,
      now,
      remaining:
        finishedAt === null ? forecast.remaining({ trials, running, total, counts, workers, stopping, now }) : null,
      paused,
      stopping,
      finished: finishedAt !== null,
    };
  }

  return {
    listen: (event) => {
      fold(event);
      latest = null;
      for (const changed of subscribers) changed();
    },
    snapshot: () => {
      const second = Math.floor(elapsed());
      if (latest === null || second !== latestSecond) {
        latest = { ...standing(), trials: trials.slice(), frontier: currentFrontier() };
        latestSecond = second;
      }
      return latest;
    },
    standing,
    trial: (id) => trials[positionOf(id)],
    subscribe: (changed) => {
      subscribers.add(changed);
      return () => subscribers.delete(changed);
    },
  };
}

interface FrontierPoint {
  readonly id: TrialId;
  readonly result: TrialResult;
}

function pointObjective({ name, goal }: Objective): PointObjective<FrontierPoint> {
  return { goal, value: ({ result }) => objectiveValue(result, name) };
}
