/** How far a run of evaluations is: one line each, or on a terminal one line that is written over. */
import type { Evaluation } from '../sweep/evaluation/evaluation.js';
import { singleLine, truncateToWidth } from './display-width.js';
import { formatDuration } from './format-duration.js';
import { formatNumber } from './format-number.js';
import { changedText } from './format-pareto-table.js';

export interface EvaluationProgressOptions {
  readonly write: (text: string) => void;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  readonly total: number;
  /** Columns of the terminal; null off a terminal. */
  readonly width: number | null;
}

export interface EvaluationProgress {
  /** What is about to be solved, in a line that stays. */
  readonly start: (what: string) => void;
  /** One more is stored. */
  readonly evaluated: (trial: number, evaluation: Evaluation) => void;
  /** Takes the line on the terminal away. */
  readonly close: () => void;
}

export function createEvaluationProgress({ write, now, total, width }: EvaluationProgressOptions): EvaluationProgress {
  const began = now();
  let done = 0;
  return {
    start: (what) => write(`${what}\n`),
    evaluated: (trial, { setting, end }) => {
      done += 1;
      const remaining = ((now() - began) / 1000 / done) * (total - done);
      const line = [
        `[${String(done).padStart(String(total).length)}/${total}]`,
        `#${trial}`,
        changedText(setting.changed) || 'as trained',
        end.state === 'solved'
          ? `nfe ${formatNumber(end.result.nfe)}  loss ${formatNumber(end.result.loss)}`
          : `${end.state}  reason ${end.reason.code}: ${end.reason.message}`,
        ...(done === total ? [] : [`ETA ${formatDuration(Math.round(remaining))}`]),
      ].join('  ');
      if (width === null) write(`${singleLine(line)}\n`);
      else write(`\r\u001B[K${truncateToWidth(singleLine(line), width - 1)}`);
    },
    close: () => {
      if (width !== null) write('\r\u001B[K');
    },
  };
}
