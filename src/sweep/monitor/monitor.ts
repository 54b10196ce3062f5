/**
 * What a sweep looks like right now: folds the event stream into immutable snapshots for readers.
 *
 * No React, no I/O, no timer: whoever shows a snapshot asks for it when it likes. Invariants:
 * - `snapshot()` keeps its identity until an event arrived or, while the sweep runs, a second passed.
 * - A trial's view is replaced, never changed, and the views of all other trials are shared: an event costs O(1), a
 *   standing what runs, a snapshot one array of references.
 */
import type { DurationEstimate } from '../../forecast/duration-estimate.js';
import type { TrialResult } from '../../training/trial.js';
import type { SweepEvent, SweepListener, StopMode } from '../events.js';
import { FrontierSoFar } from './frontier-so-far.js';
import { comparedObjectives } from './monitor-objectives.js';
import { recordEpoch, requeueTrial, startTrial, type TrialView } from './monitor-trial.js';
import { RunForecast } from './run-forecast.js';
import { SharedEnvironments } from './shared-environments.js';
import { TrialList } from './trial-list.js';
import type { Objective, StoredSweep, StoredTrial, TrialId } from '../store.js';
import type { TrialState } from '../trial-state.js';

/** What a run is about to open: of many trials, reading or adding them takes a moment. */
export interface AwaitedSweep {
  readonly name: string;
  readonly task: string;
  readonly trials: number;
  readonly ended: number;
}

/** How the sweep stands, without its trials one by one: cheap also after each event of a sweep of 100,000. */
export interface SweepStanding {
  /** Null until the sweep has started. */
  readonly sweep: StoredSweep | null;
  /** Null where nobody could say beforehand. */
  readonly awaited: AwaitedSweep | null;
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

/** @param clock.now milliseconds of a clock that never goes back, e.g. `performance.now` */
export function createMonitor(clock: { readonly now: () => number }, awaited: AwaitedSweep | null = null): Monitor {
  const subscribers = new Set<() => void>();
  let sweep: StoredSweep | null = null;
  let workers = 0;
  let total = 0;
  let startedAt = 0;
  let finishedAt: number | null = null;
  let paused = false;
  let stopping: StopMode | null = null;
  let trials = new TrialList();
  let environments = new SharedEnvironments();
  let best = new FrontierSoFar(comparedObjectives([]));
  let endedTrials = 0;
  let forecast = new RunForecast();
  let objectives = comparedObjectives([]);
  let latest: SweepSnapshot | null = null;
  let latestSecond = 0;

  const elapsed = () => (sweep === null ? 0 : ((finishedAt ?? clock.now()) - startedAt) / 1000);

  /** A trial has ended. */
  function learn(view: TrialView, result: TrialResult | null): void {
    endedTrials += 1;
    forecast.ended(view);
    if (result !== null) best.add(view.id, result);
  }

  function begin(event: Extract<SweepEvent, { kind: 'sweep-started' }>): void {
    sweep = event.sweep;
    workers = event.workers;
    startedAt = clock.now();
    finishedAt = null;
    paused = false;
    stopping = null;
    objectives = comparedObjectives(sweep.objectives);
    trials = new TrialList();
    environments = new SharedEnvironments();
    best = new FrontierSoFar(objectives);
    endedTrials = 0;
    forecast = new RunForecast();
    enter(event.trials);
    total = event.total ?? event.trials.length;
  }

  function enter(added: readonly StoredTrial[]): void {
    trials.enter(added, (view, result) => {
      forecast.ended(view);
      if (result !== null) best.add(view.id, result);
    });
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
        trials.change(event.trial, (view) => startTrial(view, event.attempt, clock.now()));
        return;
      case 'trial-environment':
        trials.change(event.trial, (view) => ({ ...view, environment: environments.of(event.environment) }));
        return;
      case 'trial-resumed':
        trials.change(event.trial, (view) => ({ ...view, resumedEpoch: event.epoch }));
        return;
      case 'trial-noted':
        trials.change(event.trial, (view) => ({ ...view, note: event.message }));
        return;
      case 'trial-progress':
        trials.change(event.trial, (view) => ({ ...view, progress: event.progress }));
        return;
      case 'epoch-recorded':
        trials.change(event.trial, (view) => recordEpoch(view, event.metrics));
        return;
      case 'trial-completed':
        learn(trials.complete(event.trial, event.result, clock.now()), event.result);
        return;
      case 'trial-ended':
        learn(trials.end(event.trial, event, clock.now()), null);
        return;
      case 'trial-retried':
      case 'trial-requeued':
        trials.change(event.trial, requeueTrial);
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

  function standing(): SweepStanding {
    const seconds = elapsed();
    const now = clock.now();
    const { views, counts } = trials;
    const running = trials.running();
    return {
      sweep,
      awaited,
      workers,
      counts: { ...counts },
      total,
      objectives,
      running,
      perMinute: endedTrials === 0 || seconds === 0 ? null : (60 * endedTrials) / seconds,
      elapsed: seconds,
      now,
      remaining:
        finishedAt === null
          ? forecast.remaining({ trials: views, running, total, counts, workers, stopping, now })
          : null,
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
        latest = { ...standing(), trials: trials.views.slice(), frontier: best.ids() };
        latestSecond = second;
      }
      return latest;
    },
    standing,
    trial: (id) => trials.get(id),
    subscribe: (changed) => {
      subscribers.add(changed);
      return () => subscribers.delete(changed);
    },
  };
}
