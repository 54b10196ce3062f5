/**
 * How many trials run at a time where nobody says: as many as there are cores, unless memory holds fewer.
 *
 * Source of the figures: resident memory of `mnist-node`, the largest of the built-in tasks, with one and with two workers; what a
 * worker adds, rounded up. What earlier trials recorded is that of the whole process, whatever else ran in it: it serves nothing
 * here.
 *
 * Known limits: an estimate for a task of one's own that holds more data than MNIST; memory of a GPU is not looked at.
 */
import type { Cell } from './cell.js';

/** MiB a worker. */
const engineMegabytes: Readonly<Record<string, number>> = { tensorflow: 450 };
const otherMegabytes = 300;

/** MiB that the program needs beside its workers: database, dashboard. */
const programMegabytes = 100;

export interface Machine {
  readonly cores: number;
  /** MiB that this process may still take, as its control group limits it too. */
  readonly availableMegabytes: number;
}

export interface DefaultWorkers {
  readonly workers: number;
  /** True where the machine has more cores than that. */
  readonly limitedByMemory: boolean;
}

/** What one worker needs for any of the cells. @param limit that of each trial, if there is one: it may take so much */
export function megabytesOfWorker(cells: readonly Pick<Cell, 'parameters'>[], limit: number | null): number {
  const engines = new Set(cells.map(({ parameters }) => String(parameters.engine)));
  const needs = Array.from(engines, (engine) => engineMegabytes[engine] ?? otherMegabytes);
  return Math.max(otherMegabytes, limit ?? 0, ...needs);
}

/** At least one: whoever asks for a run shall have one. */
export function defaultWorkers({ cores, availableMegabytes }: Machine, megabytes: number): DefaultWorkers {
  const fitting = Math.max(1, Math.floor((availableMegabytes - programMegabytes) / megabytes));
  return { workers: Math.min(cores, fitting), limitedByMemory: fitting < cores };
}
