/** All that one run of the bench measured, as it is written to a file. */
import type { Cell } from './cell.js';
import type { Machine } from './machine.js';
import type { Overhead, SweepEntry } from './sweep/index.js';
import type { WorkerFigures } from './worker.js';

export interface Results {
  readonly machine: Machine;
  /** Whether processes were held to the first cores. */
  readonly pinned: boolean;
  /** Engines of ours that do not start on the machine, and why. */
  readonly absent: readonly string[];
  readonly cells: readonly Cell[];
  readonly disagreements: readonly string[];
  /** Null where not asked for. */
  readonly worker: WorkerFigures | null;
  readonly sweep: readonly SweepEntry[] | null;
  readonly overhead: Overhead | null;
}
