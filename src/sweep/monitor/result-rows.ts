/**
 * Results of trials that have ended, as rows of doubles: a third of what they take as objects, and nothing for a garbage
 * collector to move about. A long run has many of them until its end.
 */
import type { TrialResult } from '../../training/trial.js';

/** Places in a row; `missing` has a bit for each of the others that is null. */
const at = {
  nfe: 0,
  loss: 1,
  accuracy: 2,
  trainLoss: 3,
  trainSeconds: 4,
  predictSeconds: 5,
  epochs: 6,
  missing: 7,
} as const;
const width = 8;

/** Rows of one array: none is ever copied to a longer one, and little of the last one lies idle. */
const chunkRows = 1024;

export type ResultRow = number & { readonly brand: 'ResultRow' };

export class ResultRows {
  readonly #chunks: Float64Array[] = [];
  /** What other programs measured by names of their own. */
  readonly #own = new Map<ResultRow, TrialResult['metrics']>();
  #count = 0;

  add(result: TrialResult): ResultRow {
    const row = this.#count as ResultRow;
    if (row % chunkRows === 0) this.#chunks.push(new Float64Array(chunkRows * width));
    this.#count += 1;
    const { chunk, start } = this.#find(row);
    put(chunk, start, at.nfe, result.nfe);
    put(chunk, start, at.loss, result.loss);
    put(chunk, start, at.accuracy, result.accuracy);
    put(chunk, start, at.trainLoss, result.trainLoss);
    put(chunk, start, at.trainSeconds, result.trainSeconds);
    put(chunk, start, at.predictSeconds, result.predictSeconds);
    put(chunk, start, at.epochs, result.epochs);
    if (result.metrics !== undefined) this.#own.set(row, result.metrics);
    return row;
  }

  get(row: ResultRow): TrialResult {
    const { chunk, start } = this.#find(row);
    const missing = chunk[start + at.missing];
    const known = (place: number): number | null => ((missing & (2 ** place)) === 0 ? chunk[start + place] : null);
    const metrics = this.#own.get(row);
    const result: TrialResult = {
      nfe: known(at.nfe),
      loss: chunk[start + at.loss],
      accuracy: known(at.accuracy),
      trainLoss: known(at.trainLoss),
      trainSeconds: known(at.trainSeconds),
      predictSeconds: known(at.predictSeconds),
      epochs: chunk[start + at.epochs],
    };
    return metrics === undefined ? result : { ...result, metrics };
  }

  #find(row: ResultRow): { readonly chunk: Float64Array; readonly start: number } {
    return { chunk: this.#chunks[Math.floor(row / chunkRows)], start: (row % chunkRows) * width };
  }
}

/** No closure: a resumed sweep has 100,000 results at once. */
function put(chunk: Float64Array, start: number, place: number, value: number | null): void {
  if (value === null) chunk[start + at.missing] += 2 ** place;
  else chunk[start + place] = value;
}
