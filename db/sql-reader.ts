/** The Reader over SQL: typed reads of tables and views; what depends on the database comes as `Probe`. */
import type { Kysely, Transaction } from 'kysely';
import { UserError } from '../src/errors.js';
import type { OutlinedProgram, SweepOutline } from '../src/sweep/plan/plan-comparison.js';
import type { Objective, SweepId } from '../src/sweep/store.js';
import { trialStates, type TrialState } from '../src/sweep/trial-state.js';
import type { ParameterValues } from '../src/training/trial.js';
import { epochFromRow } from './epoch-row.js';
import { evaluationFromRow, selectEvaluations } from './evaluation-row.js';
import { sql } from './kysely.js';
import type {
  CoordinatorPresence,
  QueryResult,
  Reader,
  RecordedCost,
  RecordedEpoch,
  RecordedEvaluation,
  RecordedResult,
  RecordedTrial,
  SweepSummary,
  TrialHistory,
  ViewDescription,
} from './reader.js';
import { readParameters, readResults } from './recorded-results.js';
import { readCosts, readOutline, readPrograms } from './sweep-outline.js';
import type { Tables } from './tables.js';
import { recordedAttemptFromRow, recordedTrialFromRow, selectRecordedTrials } from './trial-record.js';

/** What no portable SQL says. */
export interface Probe {
  readonly path: string;
  query(sql: string, limit: number | undefined): QueryResult;
  schema(): readonly ViewDescription[];
  dataVersion(): number;
  coordinator(): CoordinatorPresence | null;
  close(): void;
}

export class SqlReader implements Reader {
  readonly #database: Kysely<Tables>;
  readonly #probe: Probe;
  #closed = false;

  constructor(database: Kysely<Tables>, probe: Probe) {
    this.#database = database;
    this.#probe = probe;
  }

  sweeps(): Promise<readonly SweepSummary[]> {
    return this.#snapshot((trx) => selectSweeps(trx));
  }

  sweep(name: string): Promise<SweepSummary> {
    return this.#snapshot((trx) => this.#findSweep(trx, name));
  }

  trials(sweep: string): Promise<readonly RecordedTrial[]> {
    return this.#snapshot(async (trx) => {
      const id = await this.#findId(trx, sweep);
      const rows = await selectRecordedTrials(trx).where('trial.sweep_id', '=', id).orderBy('trial.number').execute();
      return rows.map(recordedTrialFromRow);
    });
  }

  trial(sweep: string, number: number): Promise<TrialHistory> {
    return this.#snapshot(async (trx) => {
      const { id, trials } = await this.#findSweep(trx, sweep);
      const row = await selectRecordedTrials(trx)
        .where('trial.sweep_id', '=', id)
        .where('trial.number', '=', number)
        .executeTakeFirst();
      if (row === undefined) {
        const range = trials === 0 ? 'it has none yet' : `its trials are 1 to ${trials}`;
        throw new UserError('usage', `The sweep "${sweep}" has no trial ${number}: ${range}.`, {
          hint: `List them with "sweep trials ${sweep}".`,
        });
      }
      const attempts = await trx
        .selectFrom('attempt')
        .selectAll()
        .where('trial_id', '=', row.id)
        .orderBy('number')
        .execute();
      const latest = attempts.at(-1);
      const epochs =
        latest === undefined
          ? []
          : await trx.selectFrom('epoch').selectAll().where('attempt_id', '=', latest.id).orderBy('epoch').execute();
      const evaluations = await selectEvaluations(trx).where('evaluation.trial_id', '=', row.id).execute();
      return {
        trial: recordedTrialFromRow(row),
        attempts: attempts.map(recordedAttemptFromRow),
        epochs: epochs.map(epochFromRow),
        evaluations: evaluations.map(evaluationFromRow),
      };
    });
  }

  epochs(sweep: string, trials?: readonly number[]): Promise<readonly RecordedEpoch[]> {
    return this.#snapshot(async (trx) => {
      const id = await this.#findId(trx, sweep);
      const ofSweep = trx.selectFrom('epochs').selectAll().where('sweep_id', '=', id);
      const rows = await (trials === undefined ? ofSweep : ofSweep.where('trial', 'in', trials))
        .orderBy('trial')
        .orderBy('epoch')
        .execute();
      return rows.map((row) => ({ trial: row.trial, metrics: epochFromRow(row) }));
    });
  }

  results(sweep: string): Promise<readonly RecordedResult[]> {
    return this.#snapshot(async (trx) => readResults(trx, await this.#findId(trx, sweep)));
  }

  parameters(sweep: string, trials: readonly number[]): Promise<ReadonlyMap<number, ParameterValues>> {
    return this.#snapshot(async (trx) => readParameters(trx, await this.#findId(trx, sweep), trials));
  }

  outline(sweep: string, digest?: string): Promise<SweepOutline | null> {
    return this.#snapshot((trx) => readOutline(trx, sweep, digest));
  }

  programs(sweep: string): Promise<readonly OutlinedProgram[]> {
    return this.#snapshot(async (trx) => readPrograms(trx, await this.#findId(trx, sweep)));
  }

  costs(task: string, limit: number): Promise<readonly RecordedCost[]> {
    return this.#snapshot((trx) => readCosts(trx, task, limit));
  }

  evaluations(sweep: string): Promise<readonly RecordedEvaluation[]> {
    return this.#snapshot(async (trx) => {
      const id = await this.#findId(trx, sweep);
      const rows = await selectEvaluations(trx).where('trial.sweep_id', '=', id).execute();
      return rows.map(evaluationFromRow);
    });
  }

  query(text: string, { limit }: { readonly limit?: number } = {}): Promise<QueryResult> {
    return this.#probed(() => this.#probe.query(text, limit));
  }

  schema(): Promise<readonly ViewDescription[]> {
    return this.#probed(() => this.#probe.schema());
  }

  dataVersion(): Promise<number> {
    return this.#probed(() => this.#probe.dataVersion());
  }

  coordinator(): Promise<CoordinatorPresence | null> {
    return this.#probed(() => this.#probe.coordinator());
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#database.connection().execute(() => {
      this.#probe.close();
      return Promise.resolve();
    });
  }

  /** Within one transaction every statement sees the same moment. */
  #snapshot<T>(body: (trx: Transaction<Tables>) => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new Error('The reader is closed.'));
    return this.#database.transaction().execute(body);
  }

  /** Waits its turn on the connection, outside any transaction. */
  #probed<T>(read: () => T): Promise<T> {
    if (this.#closed) return Promise.reject(new Error('The reader is closed.'));
    return this.#database.connection().execute(() => new Promise<T>((fulfil) => fulfil(read())));
  }

  async #findSweep(trx: Transaction<Tables>, name: string): Promise<SweepSummary> {
    return (await selectSweeps(trx, name)).at(0) ?? this.#refuse(trx, name);
  }

  async #findId(trx: Transaction<Tables>, name: string): Promise<SweepId> {
    const found = await trx.selectFrom('sweep').select('id').where('name', '=', name).executeTakeFirst();
    return found?.id ?? this.#refuse(trx, name);
  }

  async #refuse(trx: Transaction<Tables>, name: string): Promise<never> {
    const names = (await trx.selectFrom('sweep').select('name').orderBy('name').execute()).map((row) => row.name);
    throw new UserError('usage', `There is no sweep "${name}" in ${this.#probe.path}.`, {
      hint: names.length === 0 ? 'It holds none yet: start one with "sweep run".' : `It holds: ${names.join(', ')}.`,
    });
  }
}

async function selectSweeps(trx: Transaction<Tables>, name?: string): Promise<readonly SweepSummary[]> {
  const rows = await trx
    .selectFrom('sweep')
    .selectAll()
    .select((builder) =>
      builder
        .selectFrom('attempt')
        .innerJoin('trial', 'trial.id', 'attempt.trial_id')
        .whereRef('trial.sweep_id', '=', 'sweep.id')
        .select(sql<string | null>`max(coalesce(attempt.finished_at, attempt.started_at))`.as('at'))
        .as('last_activity_at'),
    )
    .$if(name !== undefined, (query) => query.where('name', '=', name ?? ''))
    .orderBy('name')
    .execute();
  const counted = await trx
    .selectFrom('trial')
    .select(({ fn }) => ['sweep_id', 'state', fn.countAll<number>().as('count')])
    .groupBy(['sweep_id', 'state'])
    .execute();
  return rows.map((row) => {
    const ofSweep = counted.filter(({ sweep_id }) => sweep_id === row.id);
    const counts = Object.fromEntries(
      trialStates.map((state) => [state, ofSweep.find((each) => each.state === state)?.count ?? 0]),
    ) as Record<TrialState, number>;
    return {
      id: row.id,
      name: row.name,
      task: row.task,
      seed: row.seed,
      objectives: JSON.parse(row.objectives) as Objective[],
      axes: JSON.parse(row.axes) as string[],
      specification: row.specification,
      counts,
      trials: ofSweep.reduce((sum, { count }) => sum + count, 0),
      createdAt: row.created_at,
      lastActivityAt: row.last_activity_at ?? row.created_at,
    };
  });
}
