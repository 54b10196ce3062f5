/** A sweep whose trials run on real threads and do what their parameter `behaviour` says. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { openStore } from '../../db/index.js';
import type { Pruner } from '../../src/pruners/pruner.js';
import type { Cell } from '../../src/sweep/cell.js';
import { startSweep, type SweepRun, type SweepSummary } from '../../src/sweep/coordinator/coordinator.js';
import type { SweepPlan } from '../../src/sweep/plan/sweep-plan.js';
import { createDispatcher } from '../../src/sweep/dispatch/create-dispatcher.js';
import type { Dispatcher } from '../../src/sweep/dispatch/dispatcher.js';
import type { SweepEvent } from '../../src/sweep/events.js';
import { saveModelsBeside } from '../../src/sweep/model-file.js';
import {
  defaultFailureBudget,
  defaultRetryPolicy,
  type FailureBudget,
  type RetryPolicy,
} from '../../src/sweep/coordinator/retry-policy.js';
import type { Store, StoredTrial, SweepDeclaration } from '../../src/sweep/store.js';
import type { PlanGrowth } from '../../src/sweep/plan/plan-growth.js';
import type { RetriableState } from '../../src/sweep/trial-state.js';
import type { ParameterValues, TrialRequest } from '../../src/training/trial.js';
import { withTemporaryDirectory } from '../db/temporary-directory.js';

const workerFile = fileURLToPath(new URL('../fixtures/workers/trials.mjs', import.meta.url));

const declaration: SweepDeclaration = {
  name: 'Any behaviour',
  task: 'fixture',
  seed: 7,
  objectives: [
    { name: 'nfe', goal: 'minimize' },
    { name: 'loss', goal: 'minimize' },
  ],
  axes: ['behaviour', 'seed'],
  specification: '{}',
};

const sha256 = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');

/** One cell for each entry, with seeds 1, 2, … */
export function cellsOf(...wanted: readonly ParameterValues[]): readonly Cell[] {
  return wanted.map((parameters, index) => {
    const { seed, ...others } = { behaviour: 'complete', seed: index + 1, ...parameters };
    return { hash: sha256({ ...others, seed }), group: sha256(others), parameters: { ...others, seed } };
  });
}

export function completing(count: number, parameters: ParameterValues = {}): readonly Cell[] {
  return cellsOf(...Array.from({ length: count }, () => parameters));
}

export interface FixtureOptions {
  readonly database: string;
  readonly cells: readonly Cell[];
  readonly generationSize?: number;
  readonly growth?: PlanGrowth;
  readonly pruner?: Pruner;
  readonly prunerScope?: SweepPlan['prunerScope'];
  readonly spare?: SweepPlan['spare'];
  readonly prioritize?: SweepPlan['prioritize'];
  readonly workers?: number;
  /** What the end of a trial waits for: no part of its cell. */
  readonly delay?: (request: TrialRequest) => Promise<unknown>;
  readonly memoryMegabytes?: number;
  readonly timeoutSeconds?: number;
  readonly retryPolicy?: RetryPolicy;
  readonly failureBudget?: FailureBudget;
  readonly maxSeconds?: number;
  readonly retry?: readonly RetriableState[];
  readonly busyTimeoutMs?: number;
  /** May close the store: a database that fails from then on. */
  readonly listen?: (event: SweepEvent, run: SweepRun, store: Store) => void;
  /** Called between the end of the run and the last look at the database. */
  readonly whenFinished?: () => void;
}

export interface FixtureRun {
  /** Of `finished`: one of the two. */
  readonly summary: SweepSummary | undefined;
  readonly error: unknown;
  readonly events: readonly SweepEvent[];
  /** As stored when everything has ended. */
  readonly trials: readonly StoredTrial[];
}

/** Opens the database, runs the sweep to its end and closes everything. */
export async function runFixture(options: FixtureOptions): Promise<FixtureRun> {
  const {
    database,
    cells,
    workers = 2,
    memoryMegabytes,
    timeoutSeconds,
    busyTimeoutMs,
    listen,
    whenFinished,
  } = options;
  const { generationSize = null, growth = null, pruner = null, prunerScope = 'all', spare, prioritize } = options;
  const { retryPolicy = defaultRetryPolicy, failureBudget = defaultFailureBudget, maxSeconds = null } = options;
  const store = await openStore(database, busyTimeoutMs === undefined ? {} : { busyTimeoutMs });
  try {
    const events: SweepEvent[] = [];
    const run = startSweep({
      plan: {
        declaration,
        cells,
        generationSize,
        growth,
        pruner,
        prunerScope,
        ...(spare === undefined ? {} : { spare }),
        ...(prioritize === undefined ? {} : { prioritize }),
        limits: {
          timeoutSeconds: timeoutSeconds ?? null,
          memoryMegabytes: memoryMegabytes ?? null,
          retryPolicy,
          failureBudget,
          maxSeconds,
        },
      },
      store,
      dispatcher: delayed(
        createDispatcher({
          workers,
          workerFile,
          ...(memoryMegabytes === undefined ? {} : { memoryMegabytes }),
          ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
        }),
        options.delay,
      ),
      ...(options.retry === undefined ? {} : { retry: options.retry }),
      origin: { host: 'lab', pid: process.pid, programVersion: '0.0.0', gitRevision: null, gitDirty: null },
      listen: (event) => {
        events.push(event);
        listen?.(event, run, store);
      },
      saveModel: saveModelsBeside(database, declaration),
    });
    const [settled] = await Promise.allSettled([run.finished]);
    whenFinished?.();
    await store.close();
    return {
      summary: settled.status === 'fulfilled' ? settled.value : undefined,
      error: settled.status === 'rejected' ? settled.reason : undefined,
      events,
      trials: await storedTrials(database),
    };
  } finally {
    await store.close();
  }
}

function delayed(dispatcher: Dispatcher, delay: FixtureOptions['delay']): Dispatcher {
  if (delay === undefined) return dispatcher;
  return {
    ...dispatcher,
    run: async (request, hooks) => {
      const outcome = await dispatcher.run(request, hooks);
      await delay(request);
      return outcome;
    },
  };
}

async function storedTrials(database: string): Promise<readonly StoredTrial[]> {
  const store = await openStore(database);
  try {
    const { id } = await store.openSweep(declaration);
    return await store.trials(id);
  } finally {
    await store.close();
  }
}

export const inDatabase = <T>(body: (database: string) => Promise<T>): Promise<T> =>
  withTemporaryDirectory((directory) => body(join(directory, 'sweeps.sqlite')));

export const kinds = (events: readonly SweepEvent[]): string[] => events.map(({ kind }) => kind);
export const count = (events: readonly SweepEvent[], kind: SweepEvent['kind']): number =>
  events.filter((event) => event.kind === kind).length;
export const states = ({ trials }: FixtureRun): string[] => trials.map(({ state }) => state);

/** What a reader in another process sees right now. */
export function glance(database: string, query: string, ...parameters: readonly unknown[]): unknown {
  const reader = new Database(database, { readonly: true });
  try {
    return reader
      .prepare(query)
      .pluck()
      .get(...parameters);
  } finally {
    reader.close();
  }
}

/** All that was measured, without the order and the times in which it was. */
export function table(database: string): unknown {
  const reader = new Database(database, { readonly: true });
  try {
    return reader
      .prepare(
        `SELECT trial.number, trial.state, trial.parameters, trial.nfe, trial.loss, trial.nonfinite, trial.model_file,
                attempt.reason_code, epoch.epoch, epoch.train_loss, epoch.test_loss
         FROM trial JOIN attempt ON attempt.trial_id = trial.id LEFT JOIN epoch ON epoch.attempt_id = attempt.id
         WHERE attempt.state = trial.state ORDER BY trial.number, epoch.epoch`,
      )
      .all();
  } finally {
    reader.close();
  }
}
