/**
 * The Store over SQL; src/sweep/store.ts states its contract and test/db/store-contract.ts checks it.
 *
 * Every method is one transaction. What SQL alone can hold (uniqueness, immutability of what has
 * ended) is held by the schema; the checks here only say it in better words.
 */
import { sql, type Kysely, type Transaction, type Updateable } from 'kysely';
import { UserError } from '../src/errors.js';
import type { Cell } from '../src/sweep/cell.js';
import type {
  AttemptEnd,
  AttemptId,
  AttemptOrigin,
  Store,
  StoredSweep,
  StoredTrial,
  SweepDeclaration,
  SweepId,
  TrialId,
  UnsuccessfulEnd,
} from '../src/sweep/store.js';
import type { RetriableState } from '../src/sweep/trial-state.js';
import type { EpochMetrics, TrialEnvironment } from '../src/training/trial.js';
import { epochToRow } from './epoch-row.js';
import { reasonToRow, resultToRow } from './result-row.js';
import { selectTrials, trialFromRow } from './trial-row.js';
import type { AttemptTable, Tables } from './tables.js';

/** Rows an INSERT carries: columns × rows must stay below SQLite's 32766 variables. */
const insertRows = 1000;

export class SqlStore implements Store {
  readonly #database: Kysely<Tables>;
  readonly #release: () => void;
  /** Monotonic start of the attempts that this process runs, for their wall time. */
  readonly #startedAt = new Map<AttemptId, number>();
  #closed = false;

  /** @param release closes the connection and gives the lock back */
  constructor(database: Kysely<Tables>, release: () => void) {
    this.#database = database;
    this.#release = release;
  }

  openSweep(declaration: SweepDeclaration): Promise<StoredSweep> {
    return this.#transaction(async (trx) => {
      const { name, task, seed } = declaration;
      const asked = {
        objectives: JSON.stringify(declaration.objectives),
        axes: JSON.stringify(declaration.axes),
        specification: declaration.specification,
      };
      const stored = await trx
        .selectFrom('sweep')
        .select(['id', 'task', 'seed'])
        .where('name', '=', name)
        .executeTakeFirst();
      if (stored === undefined) {
        const { id } = await trx
          .insertInto('sweep')
          .values({ name, task, seed, ...asked, created_at: now() })
          .returning('id')
          .executeTakeFirstOrThrow();
        return { ...declaration, id, existed: false };
      }
      for (const key of ['task', 'seed'] as const) {
        if (stored[key] === declaration[key]) continue;
        throw new UserError(
          'usage',
          `The sweep "${name}" is stored with ${key} ${stored[key]}, but the file asks for ${key} ${declaration[key]}.`,
          { hint: `Give the sweep another name, restore its ${key}, or use --db to name another file.` },
        );
      }
      await trx.updateTable('sweep').set(asked).where('id', '=', stored.id).execute();
      return { ...declaration, id: stored.id, existed: true };
    });
  }

  addCells(sweep: SweepId, cells: readonly Cell[]): Promise<number> {
    return this.#transaction(async (trx) => {
      const rows = await trx
        .selectFrom('trial')
        .select(['cell_hash', 'number'])
        .where('sweep_id', '=', sweep)
        .execute();
      const known = new Set(rows.map((row) => row.cell_hash));
      const firstNumber = 1 + rows.reduce((largest, row) => Math.max(largest, row.number), 0);
      const added = cells.filter(({ hash }) => !known.has(hash) && known.add(hash));
      for (let start = 0; start < added.length; start += insertRows) {
        const values = added.slice(start, start + insertRows).map((cell, index) => ({
          sweep_id: sweep,
          number: firstNumber + start + index,
          cell_hash: cell.hash,
          cell_group: cell.group,
          parameters: JSON.stringify(cell.parameters),
        }));
        await trx.insertInto('trial').values(values).execute();
      }
      return added.length;
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

  trials(sweep: SweepId): Promise<readonly StoredTrial[]> {
    return this.#transaction(async (trx) => {
      const rows = await selectTrials(trx).where('trial.sweep_id', '=', sweep).orderBy('trial.number').execute();
      return rows.map(trialFromRow);
    });
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

  beginAttempt(trial: TrialId, origin: AttemptOrigin): Promise<AttemptId> {
    return this.#transaction(async (trx) => {
      const begun = await trx
        .updateTable('trial')
        .set(({ eb }) => ({ state: 'running', attempts: eb('attempts', '+', 1) }))
        .where('id', '=', trial)
        .where('state', '=', 'queued')
        .returning('attempts')
        .executeTakeFirst();
      if (begun === undefined) throw new Error(`Trial ${trial} is not queued: it cannot begin an attempt.`);
      const { id } = await trx
        .insertInto('attempt')
        .values({
          trial_id: trial,
          number: begun.attempts,
          host: origin.host,
          pid: origin.pid,
          program_version: origin.programVersion,
          git_revision: origin.gitRevision,
          git_dirty: origin.gitDirty === null ? null : Number(origin.gitDirty),
          started_at: now(),
        })
        .returning('id')
        .executeTakeFirstOrThrow();
      this.#startedAt.set(id, performance.now());
      return id;
    });
  }

  recordEnvironment(attempt: AttemptId, environment: TrialEnvironment): Promise<void> {
    return this.#transaction(async (trx) => {
      await updateRunning(trx, attempt, {
        engine: environment.engine,
        dtype: environment.dtype,
        device: environment.device,
        versions: JSON.stringify(environment.versions),
        model_parameters: environment.modelParameters,
        choices: environment.choices === null ? null : JSON.stringify(environment.choices),
      });
    });
  }

  recordResumed(attempt: AttemptId, epoch: number): Promise<void> {
    return this.#transaction(async (trx) => {
      await updateRunning(trx, attempt, { resumed_epoch: epoch });
    });
  }

  recordEpoch(attempt: AttemptId, metrics: EpochMetrics): Promise<void> {
    return this.#transaction(async (trx) => {
      const row = epochToRow(metrics);
      await trx
        .insertInto('epoch')
        .values({ attempt_id: attempt, ...row })
        .onConflict((conflict) => conflict.columns(['attempt_id', 'epoch']).doUpdateSet(row))
        .execute();
    });
  }

  async finishAttempt(attempt: AttemptId, end: AttemptEnd): Promise<void> {
    await this.#transaction(async (trx) => {
      const reason = end.state === 'completed' ? {} : reasonToRow(end.reason);
      const trial = await updateRunning(trx, attempt, { state: end.state, ...this.#ended(attempt), ...reason });
      const result = end.state === 'completed' ? { ...resultToRow(end.result), model_file: end.modelFile } : {};
      await trx
        .updateTable('trial')
        .set({ state: end.state, ...result })
        .where('id', '=', trial)
        .execute();
    });
    this.#startedAt.delete(attempt);
  }

  async retryAttempt(attempt: AttemptId, { state, reason }: UnsuccessfulEnd): Promise<void> {
    await this.#transaction(async (trx) => {
      const trial = await updateRunning(trx, attempt, { state, ...this.#ended(attempt), ...reasonToRow(reason) });
      await trx.updateTable('trial').set({ state: 'queued' }).where('id', '=', trial).execute();
    });
    this.#startedAt.delete(attempt);
  }

  retryTrials(trials: readonly TrialId[], states: readonly RetriableState[]): Promise<readonly TrialId[]> {
    return this.#transaction(async (trx) => {
      const queued = new Set<TrialId>();
      for (let start = 0; start < trials.length; start += insertRows) {
        const rows = await trx
          .updateTable('trial')
          .set(({ eb }) => ({ state: 'queued', retries: eb('retries', '+', 1) }))
          .where('id', 'in', trials.slice(start, start + insertRows))
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
      const trial = await updateRunning(trx, attempt, { state: 'interrupted', ...this.#ended(attempt) });
      await trx.updateTable('trial').set({ state: 'queued' }).where('id', '=', trial).execute();
    });
    this.#startedAt.delete(attempt);
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

  #ended(attempt: AttemptId): { readonly finished_at: string; readonly wall_seconds: number | null } {
    const startedAt = this.#startedAt.get(attempt);
    return {
      finished_at: now(),
      wall_seconds: startedAt === undefined ? null : (performance.now() - startedAt) / 1000,
    };
  }
}

/** @returns the attempt's trial @throws if the attempt is not running */
async function updateRunning(
  trx: Transaction<Tables>,
  attempt: AttemptId,
  columns: Updateable<AttemptTable>,
): Promise<TrialId> {
  const updated = await trx
    .updateTable('attempt')
    .set(columns)
    .where('id', '=', attempt)
    .where('state', '=', 'running')
    .returning('trial_id')
    .executeTakeFirst();
  if (updated === undefined) throw new Error(`Attempt ${attempt} is not running: it has ended or never began.`);
  return updated.trial_id;
}

/** Times are metadata for people; nothing is computed from them. */
function now(): string {
  return new Date().toISOString();
}
