/** One sweep of `workload.ts` on a fresh database: real coordinator, threads and SQLite file, everything but training. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openStore } from '../../db/index.js';
import { identifyCell } from '../../src/sweep/plan/cell-identity.js';
import { startSweep, type SweepSummary } from '../../src/sweep/coordinator/coordinator.js';
import { createDispatcher } from '../../src/sweep/dispatch/create-dispatcher.js';
import type { SweepListener } from '../../src/sweep/events.js';
import { saveModelsBeside } from '../../src/sweep/model-file.js';
import { createMonitor, type Monitor } from '../../src/sweep/monitor/monitor.js';
import { limitsOf } from '../../src/sweep/specification/limits.js';

const workerFile = fileURLToPath(new URL('workload.js', import.meta.url));

export interface Workload {
  readonly trials: number;
  readonly workers: number;
  /** What each trial sleeps. */
  readonly milliseconds?: number;
  /** Epochs that each trial tells without a pause. */
  readonly epochs?: number;
  /** Whether each trial's parameters are written to a file of its own, synced to the disk. */
  readonly models?: boolean;
}

/**
 * Runs it to its end, with the monitor that `sweep run` has.
 * @param follow hears each event after the monitor
 * @returns seconds from the start of the run, threads not yet begun, until everything is stored and all threads are gone
 * @throws Error unless every trial completed
 */
export async function measureSweep(
  database: string,
  { trials, workers, milliseconds = 0, epochs = 0, models = false }: Workload,
  follow: (monitor: Monitor) => SweepListener = () => () => undefined,
): Promise<number> {
  const declaration = {
    name: 'bench',
    task: 'workload',
    seed: 1,
    objectives: [],
    axes: ['seed'],
    specification: '{}',
  };
  const cells = Array.from({ length: trials }, (_, seed) => identifyCell('workload', { milliseconds, epochs, seed }));
  const monitor = createMonitor({ now: () => performance.now() });
  const listen = follow(monitor);
  const store = await openStore(database);
  let summary: SweepSummary;
  try {
    const { finished } = startSweep({
      plan: {
        declaration,
        cells,
        generationSize: null,
        growth: null,
        pruner: null,
        prunerScope: 'all',
        limits: limitsOf({}),
      },
      store,
      dispatcher: createDispatcher({ workers, workerFile }),
      origin: { host: 'bench', pid: process.pid, programVersion: '0', gitRevision: null, gitDirty: null },
      listen: (event) => {
        monitor.listen(event);
        listen(event);
      },
      ...(models ? { saveModel: saveModelsBeside(database, declaration) } : {}),
    });
    summary = await finished;
  } finally {
    await store.close();
  }
  if (summary.counts.completed !== trials)
    throw new Error(`Of ${trials} trials ${summary.counts.completed} completed.`);
  return summary.seconds;
}

export async function withFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'sweep-orchestration-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** `measureSweep` on a database of its own that is removed afterwards. */
export function measureFresh(workload: Workload): Promise<number> {
  return withFolder((folder) => measureSweep(join(folder, 'bench.sqlite'), workload));
}
