/** Evaluations as a table: what was changed, what came out, and what it was as trained. */
import type { Evaluation } from '../sweep/evaluation/evaluation.js';
import type { StoredTrial } from '../sweep/store.js';
import { changedText } from './format-pareto-table.js';
import { formatTable, type TableColumn, type TableOptions, type TableValue } from './format-table.js';

export interface EvaluatedTrial {
  readonly trial: Pick<StoredTrial, 'number' | 'result'>;
  readonly evaluation: Evaluation;
}

const nfe = ['nfe', 'trained nfe'] as const;
const loss = ['loss', 'trained loss'] as const;
const accuracy = ['accuracy', 'trained accuracy'] as const;

/** Rows in the order given; accuracy where any has one, a reason where any was not solved. */
export function formatEvaluationTable(rows: readonly EvaluatedTrial[], options: TableOptions): string {
  const classifies = rows.some(({ trial: { result } }) => typeof result?.accuracy === 'number');
  const unsolved = rows.some(({ evaluation: { end } }) => end.state !== 'solved');
  const figures = [...nfe, ...loss, ...(classifies ? accuracy : []), 'rejected', 'predict ms'];
  const columns: readonly TableColumn[] = [
    { title: 'trial', align: 'right' },
    { title: 'solved by' },
    ...figures.map((title) => ({ title, align: 'right' as const })),
    ...(unsolved ? [{ title: 'reason' }] : []),
  ];
  const cells = rows.map(({ trial, evaluation: { setting, end } }): TableValue[] => {
    const result = end.state === 'solved' ? end.result : null;
    return [
      `#${trial.number}`,
      changedText(setting.changed) || 'as trained',
      result?.nfe ?? null,
      trial.result?.nfe ?? null,
      result?.loss ?? null,
      trial.result?.loss ?? null,
      ...(classifies ? [result?.accuracy ?? null, trial.result?.accuracy ?? null] : []),
      result?.rejected ?? null,
      result === null ? null : 1000 * result.predictSeconds,
      ...(unsolved ? [end.state === 'solved' ? null : `${end.state}: ${end.reason.code}: ${end.reason.message}`] : []),
    ];
  });
  return formatTable(columns, cells, options);
}
