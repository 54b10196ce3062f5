/** What a solve gives back, whatever the method. Tensors belong to the solver that made them. */
import type { Tensor } from '../engines/engine.js';
import type { Attempt, Grid, OutputPoint } from './grid.js';
import type { SolveOutcome, SolveStatistics } from './outcome.js';

export interface Solution {
  readonly outcome: SolveOutcome;
  readonly statistics: SolveStatistics;
  /** State at the end; where integration stood if it did not get there. */
  readonly y1: Tensor;
  /** States at the output times, in order; complete on success. */
  readonly outputs: readonly Tensor[];
  readonly grid: Grid;
  /** States at the start of each step and, last, at the end of the last; null unless asked for. */
  readonly states: readonly Tensor[] | null;
  /** Every attempt in order; null unless asked for. */
  readonly attempts: readonly Attempt[] | null;
  /** Whether its tensors still hold it: until the next solve of its solver. */
  readonly isCurrent: () => boolean;
  /** Zeros of the event functions, in order of time. */
  readonly events: readonly EventOccurrence[];
}

export interface EventOccurrence {
  /** Index of the event in the request. */
  readonly event: number;
  readonly t: number;
  readonly y: Tensor;
  readonly point: OutputPoint;
}
