/**
 * A cell: one point of the grid with everything that decides its numbers.
 *
 * `parameters` is canonical: complete (defaults filled in), keys sorted. Two cells are the same work
 * exactly when their hashes are equal; the database holds each hash once a sweep.
 */
import type { ParameterValues } from '../training/trial.js';

export interface Cell {
  /** SHA-256 of the canonical JSON of {task, parameters}; lower-case hex. */
  readonly hash: string;
  /** Same, without `seed`: cells that are repeats of each other share it. */
  readonly group: string;
  readonly parameters: ParameterValues;
}
