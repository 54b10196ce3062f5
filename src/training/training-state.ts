/**
 * All that crosses the end of an epoch: a run that starts from it goes on as if nothing had happened, bit by bit.
 *
 * Schedules follow from the epoch and the optimiser's count of iterations, so they are no state of their own; what
 * solvers, adjoints and workspaces hold is overwritten by each batch. Whoever gives training a memory between
 * iterations adds it here; `test/training/resume.test.ts` finds what was forgotten.
 */
import type { StreamPosition } from '../random/random.js';
import type { OptimizerState } from './optimizer.js';
import type { TaskEpoch } from './trial.js';

export interface TrainingState {
  /** Of all epochs so far, in order: there are as many as epochs were trained. */
  readonly epochs: readonly TaskEpoch[];
  readonly parameters: Float64Array;
  readonly optimizer: OptimizerState;
  /** Of the fixed-point iteration (`UnrollDepth`); null: never raised. */
  readonly unrollDepth: number | null;
  /** How far each stream that training draws from was read, by its purpose. */
  readonly streams: Readonly<Record<string, StreamPosition>>;
}
