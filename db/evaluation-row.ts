/** An evaluation, as a row of `evaluation` and back. */
import type { Insertable, Kysely, Selectable, Transaction } from 'kysely';
import type { Evaluation, EvaluationEnd } from '../src/sweep/evaluation/evaluation.js';
import type { TrialId } from '../src/sweep/store.js';
import type { EvaluationResult } from '../src/training/evaluation.js';
import type { ParameterValues } from '../src/training/trial.js';
import { NonfiniteReader, splitNonfinite } from './nonfinite.js';
import { reasonFromRow } from './result-row.js';
import type { RecordedEvaluation } from './reader.js';
import type { EvaluationTable, Tables } from './tables.js';
import { originFromRow } from './trial-record.js';
import { now } from './now.js';

/** Adds the evaluation, or replaces one that failed; the triggers of the table keep every other. */
export async function upsertEvaluation(
  trx: Transaction<Tables>,
  trial: TrialId,
  { setting, origin, environment, end }: Evaluation,
): Promise<void> {
  const row: Insertable<EvaluationTable> = {
    trial_id: trial,
    setting_hash: setting.hash,
    changed: JSON.stringify(setting.changed),
    state: end.state,
    host: origin.host,
    pid: origin.pid,
    program_version: origin.programVersion,
    git_revision: origin.gitRevision,
    git_dirty: origin.gitDirty === null ? null : Number(origin.gitDirty),
    engine: environment?.engine ?? null,
    dtype: environment?.dtype ?? null,
    device: environment?.device ?? null,
    versions: asJson(environment?.versions),
    choices: asJson(environment?.choices),
    ...splitNonfinite(resultToColumns(end.state === 'solved' ? end.result : null)),
    ...reasonToColumns(end),
    created_at: now(),
  };
  await trx
    .insertInto('evaluation')
    .values(row)
    .onConflict((conflict) => conflict.columns(['trial_id', 'setting_hash']).doUpdateSet(row))
    .execute();
}

function asJson(record: object | null = null): string | null {
  return record === null ? null : JSON.stringify(record);
}

function resultToColumns(result: EvaluationResult | null) {
  return {
    nfe: result?.nfe ?? null,
    loss: result?.loss ?? null,
    accuracy: result?.accuracy ?? null,
    accepted: result?.accepted ?? null,
    rejected: result?.rejected ?? null,
    predict_seconds: result?.predictSeconds ?? null,
  };
}

function reasonToColumns(end: EvaluationEnd) {
  const reason = end.state === 'solved' ? null : end.reason;
  return {
    reason_code: reason?.code ?? null,
    reason_message: reason?.message ?? null,
    reason_detail: reason?.detail ?? null,
  };
}

/** Evaluations by the number of their trial, which they come with; add `where`. */
export function selectEvaluations(database: Kysely<Tables>) {
  return database
    .selectFrom('evaluation')
    .innerJoin('trial', 'trial.id', 'evaluation.trial_id')
    .selectAll('evaluation')
    .select('trial.number')
    .orderBy('trial.number')
    .orderBy('evaluation.id');
}

/** @param row with the number of its trial */
export function evaluationFromRow(row: Selectable<EvaluationTable> & { readonly number: number }): RecordedEvaluation {
  const { engine, dtype, device, versions } = row;
  return {
    trial: row.number,
    setting: { hash: row.setting_hash, changed: JSON.parse(row.changed) as ParameterValues },
    origin: originFromRow(row),
    environment:
      engine === null || dtype === null || device === null || versions === null
        ? null
        : {
            engine,
            dtype,
            device,
            versions: JSON.parse(versions) as Record<string, string>,
            choices: row.choices === null ? null : (JSON.parse(row.choices) as Record<string, string>),
          },
    end: endFromRow(row),
    createdAt: row.created_at,
  };
}

function endFromRow(row: Selectable<EvaluationTable>): EvaluationEnd {
  const { state } = row;
  if (state !== 'solved') {
    const reason = reasonFromRow({ ...row, reason_epoch: null, reason_iteration: null });
    if (reason === null) throw new Error(`Evaluation ${row.id} is ${state} without a reason.`);
    return { state, reason };
  }
  const numbers = new NonfiniteReader(row);
  return {
    state,
    result: {
      nfe: numbers.required('nfe'),
      loss: numbers.required('loss'),
      accuracy: numbers.optional('accuracy'),
      accepted: numbers.required('accepted'),
      rejected: numbers.required('rejected'),
      predictSeconds: numbers.required('predict_seconds'),
    },
  };
}
