/**
 * The Store over SQL; src/sweep/store.ts states its contract and test/db/store-contract.ts checks it.
 *
 * Every method is one transaction. What SQL alone can hold (uniqueness, immutability of what has
 * ended) is held by the schema; the checks here only say it in better words.
 */
import type { Kysely, Transaction } from 'kysely';
import type { Cell } from '../src/sweep/cell.js';
import type { Evaluation } from '../src/sweep/evaluation/evaluation.js';
import { repeatedLosses } from '../src/sweep/coordinator/repeated-losses.js';
import type { AttemptOrigin } from '../src/sweep/run-origin.js';
import type {
  AttemptEnd,
  AttemptId,
  AttemptLimits,
  KnownCells,
  OpenedSweep,
  RecordedPlan,
  Store,
  StoredEpoch,
  StoredTrial,
  SweepDeclaration,
  SweepId,
  TrialId,
  UnsuccessfulEnd,
} from '../src/sweep/store.js';
import type { AttemptState, RetriableState } from '../src/sweep/trial-state.js';
import type { EpochMetrics, TrialEnvironment } from '../src/training/trial.js';
import { epochToRow } from './epoch-row.js';
import { upsertEvaluation } from './evaluation-row.js';
import { sql } from './kysely.js';
import { PreparedQueries } from './prepared-queries.js';
import { noReason, noResult, reasonToRow, resultToRow } from './result-row.js';
import {
  beginTrial,
  endAttempt,
  endTrial,
  insertAttempt,
  insertTrial,
  namedTrials,
  putEpoch,
  queueTrial,
  setEnvironment,
  setResumed,
} from './store-queries.js';
import { readPastAttempts } from './past-attempts.js';
import { readLatestEpochs } from './latest-epochs.js';
import { now } from './now.js';
import { openSweep } from './open-sweep.js';
import { readTrials } from './stored-trials.js';
import type { ReasonColumns, Tables } from './tables.js';

export class SqlStore implements Store {
  readonly #database: Kysely<Tables>;
  readonly #release: () => void;
  readonly #queries = new PreparedQueries();
  /** Monotonic start of the attempts that this process runs, for their wall time. */
  readonly #startedAt = new Map<AttemptId, number>();
  #closed = false;

  /** @param release closes the connection and gives the lock back */
  constructor(database: Kysely<Tables>, release: () => void) {
    this.#database = database;
    this.#release = release;
  }

  openSweep(declaration: SweepDeclaration): Promise<OpenedSweep> {
    return this.#transaction((trx) => openSweep(trx, declaration));
  }

  addCells(sweep: SweepId, cells: readonly Cell[], byPerson = false): Promise<number> {
    return this.#transaction(async (trx) => {
      const stored = trx.selectFrom('trial').where('sweep_id', '=', sweep);
      const known = new Set((await stored.select('cell_hash').execute()).map((row) => row.cell_hash));
      const last = await stored.select(({ fn }) => fn.max('number').as('number')).executeTakeFirst();
      const added = cells.filter(({ hash }) => !known.has(hash) && known.add(hash));
      let number = last?.number ?? 0;
      for (const { hash, group, parameters } of added) {
        number += 1;
        const cell = { cell_hash: hash, cell_group: group, parameters: JSON.stringify(parameters) };
        await this.#queries.run(trx, insertTrial, { sweep_id: sweep, number, ...cell, added: Number(byPerson) });
      }
      return added.length;
    });
  }

  addedTrials(sweep: SweepId): Promise<readonly TrialId[]> {
    return this.#transaction(async (trx) => {
      const added = trx.selectFrom('trial').select('id').where('sweep_id', '=', sweep).where('added', '=', 1);
      return (await added.orderBy('number').execute()).map(({ id }) => id);
    });
  }

  recordPlan(sweep: SweepId, { digest, size }: RecordedPlan): Promise<void> {
    return this.#transaction(async (trx) => {
      await trx.updateTable('sweep').set({ plan_digest: digest, plan_size: size }).where('id', '=', sweep).execute();
    });
  }

  recordAxes(sweep: SweepId, axes: readonly string[]): Promise<void> {
    return this.#transaction(async (trx) => {
      await trx
        .updateTable('sweep')
        .set({ axes: JSON.stringify(axes) })
        .where('id', '=', sweep)
        .execute();
    });
  }

  trials(sweep: SweepId, after = 0, known: KnownCells = { cells: [] }): Promise<readonly StoredTrial[]> {
    return this.#transaction((trx) => readTrials(trx, { sweep, after, known }));
  }

  epochs(trials: readonly TrialId[]): Promise<readonly StoredEpoch[]> {
    return this.#transaction((trx) => readLatestEpochs(trx, trials));
  }

  requeueOrphans(sweep: SweepId): Promise<readonly TrialId[]> {
    return this.#transaction(async (trx) => {
      const orphans = trx.selectFrom('trial').select('id').where('sweep_id', '=', sweep).where('state', '=', 'running');
      const trials = (await orphans.orderBy('number').execute()).map(({ id }) => id);
      await trx
        .updateTable('attempt')
        .set({
          state: 'lost',
          reason_code: 'process_gone',
          reason_message: sql`'process ' || pid || ' on ' || host || ' ended without a word'`,
        })
        .where('state', '=', 'running')
        .where('trial_id', 'in', orphans)
        .execute();
      await trx.updateTable('trial').set({ state: 'queued' }).where('id', 'in', orphans).execute();
      return trials;
    });
  }

  repeatedlyLost(sweep: SweepId, losses: number): Promise<readonly TrialId[]> {
    return this.#transaction(async (trx) => {
      const pasts = await readPastAttempts(trx, sweep, losses);
      return [...pasts].flatMap(([trial, attempts]) => (repeatedLosses(attempts) >= losses ? [trial] : []));
    });
  }

  beginAttempt(trial: TrialId, origin: AttemptOrigin, limits?: AttemptLimits): Promise<AttemptId> {
    return this.#transaction(async (trx) => {
      const begun = (await this.#queries.run(trx, beginTrial, { trial })).at(0);
      if (begun === undefined) throw new Error(`Trial ${trial} is not queued: it cannot begin an attempt.`);
      const [{ id }] = await this.#queries.run(trx, insertAttempt, {
        trial_id: trial,
        number: begun.attempts,
        host: origin.host,
        pid: origin.pid,
        program_version: origin.programVersion,
        git_revision: origin.gitRevision,
        git_dirty: origin.gitDirty === null ? null : Number(origin.gitDirty),
        timeout_seconds: limits?.timeoutSeconds ?? null,
        memory_megabytes: limits?.memoryMegabytes ?? null,
        started_at: now(),
      });
      this.#startedAt.set(id, performance.now());
      return id;
    });
  }

  recordEnvironment(attempt: AttemptId, environment: TrialEnvironment): Promise<void> {
    return this.#transaction(async (trx) => {
      const columns = {
        engine: environment.engine,
        dtype: environment.dtype,
        device: environment.device,
        versions: JSON.stringify(environment.versions),
        model_parameters: environment.modelParameters,
        choices: environment.choices === null ? null : JSON.stringify(environment.choices),
      };
      trialOf(attempt, await this.#queries.run(trx, setEnvironment, { attempt, ...columns }));
    });
  }

  recordResumed(attempt: AttemptId, epoch: number): Promise<void> {
    return this.#transaction(async (trx) => {
      trialOf(attempt, await this.#queries.run(trx, setResumed, { attempt, epoch }));
    });
  }

  recordEpoch(attempt: AttemptId, metrics: EpochMetrics): Promise<void> {
    return this.#transaction(async (trx) => {
      await this.#queries.run(trx, putEpoch, { attempt_id: attempt, ...epochToRow(metrics) });
    });
  }

  recordSpared(trial: TrialId, epoch: number): Promise<void> {
    return this.#transaction(async (trx) => {
      await trx
        .updateTable('trial')
        .set({ spared_epoch: epoch })
        .where('id', '=', trial)
        .where('spared_epoch', 'is', null)
        .execute();
    });
  }

  async finishAttempt(attempt: AttemptId, end: AttemptEnd): Promise<void> {
    await this.#transaction(async (trx) => {
      const { state } = end;
      const trial = await this.#endAttempt(
        trx,
        attempt,
        state,
        end.state === 'completed' ? noReason : reasonToRow(end.reason),
      );
      const result = end.state === 'completed' ? resultToRow(end.result) : noResult;
      const modelFile = end.state === 'completed' ? end.modelFile : null;
      await this.#queries.run(trx, endTrial, { trial, state, ...result, model_file: modelFile });
    });
    this.#startedAt.delete(attempt);
  }

  async retryAttempt(attempt: AttemptId, { state, reason }: UnsuccessfulEnd): Promise<void> {
    await this.#transaction(async (trx) => {
      const trial = await this.#endAttempt(trx, attempt, state, reasonToRow(reason));
      await this.#queries.run(trx, queueTrial, { trial });
    });
    this.#startedAt.delete(attempt);
  }

  retryTrials(trials: readonly TrialId[], states: readonly RetriableState[]): Promise<readonly TrialId[]> {
    return this.#transaction(async (trx) => {
      const queued = new Set<TrialId>();
      for (let start = 0; start < trials.length; start += namedTrials) {
        const rows = await trx
          .updateTable('trial')
          .set(({ eb }) => ({ state: 'queued', retries: eb('retries', '+', 1) }))
          .where('id', 'in', trials.slice(start, start + namedTrials))
          .where('state', 'in', states)
          .returning('id')
          .execute();
        for (const { id } of rows) queued.add(id);
      }
      return trials.filter((id) => queued.has(id));
    });
  }

  async interruptAttempt(attempt: AttemptId): Promise<void> {
    await this.#transaction(async (trx) => {
      const trial = await this.#endAttempt(trx, attempt, 'interrupted', noReason);
      await this.#queries.run(trx, queueTrial, { trial });
    });
    this.#startedAt.delete(attempt);
  }

  recordEvaluation(trial: TrialId, evaluation: Evaluation): Promise<void> {
    return this.#transaction((trx) => upsertEvaluation(trx, trial, evaluation));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    // Through the queue of transactions: the connection closes after the last one that was asked for.
    await this.#database.connection().execute(() => {
      this.#release();
      return Promise.resolve();
    });
  }

  #transaction<T>(body: (trx: Transaction<Tables>) => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new Error('The store is closed.'));
    return this.#database.transaction().execute(body);
  }

  /** @returns the attempt's trial @throws if the attempt is not running */
  async #endAttempt(
    trx: Transaction<Tables>,
    attempt: AttemptId,
    state: AttemptState,
    reason: ReasonColumns,
  ): Promise<TrialId> {
    const startedAt = this.#startedAt.get(attempt);
    const seconds = startedAt === undefined ? null : (performance.now() - startedAt) / 1000;
    const columns = { attempt, state, finished_at: now(), wall_seconds: seconds, ...reason };
    return trialOf(attempt, await this.#queries.run(trx, endAttempt, columns));
  }
}

/** @param updated what an update of a running attempt returned @throws if there was none */
function trialOf(attempt: AttemptId, updated: readonly { readonly trial_id: TrialId }[]): TrialId {
  const row = updated.at(0);
  if (row === undefined) throw new Error(`Attempt ${attempt} is not running: it has ended or never began.`);
  return row.trial_id;
}
