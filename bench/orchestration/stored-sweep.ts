/**
 * A sweep of 100,000 trials that have all ended but one: how long a person waits for `plan`, for a run that finds one
 * trial left or none, and for the dashboard. Every figure is of the real bin, the start of its process included.
 */
import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openStore } from '../../db/index.js';
import { programVersion } from '../../src/program-version.js';
import { planSweep } from '../../src/sweep/plan/plan.js';
import { loadSpecification } from '../../src/sweep/specification/load-specification.js';
import { loadTask } from '../../src/tasks/index.js';
import { withFolder } from './measured-sweep.js';
import { canGiveTerminal, least, timeCommand, timeOnTerminal, timeUntil } from './program.js';

/** 100 × 10 × 100 cells; one trial takes many seconds, so that the last one is still running when it is looked at. */
const specification = `name: stored
task: spiral-node
parameters:
  error_weight: { min: 1, max: 100, distribution: int_uniform }
  rtol: [1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 1e-6, 1e-7, 1e-8]
  seed: { min: 1, max: 100, distribution: int_uniform }
  epochs: 100
`;

export interface StoredFigures {
  readonly trials: number;
  readonly databaseMegabytes: number;
  /** The store alone: seconds to plan the cells, add them, and begin and finish all trials but one, a commit each. */
  readonly fillSeconds: number;
  readonly planSeconds: number;
  /** Until the first trial of a run has started. */
  readonly resumeSeconds: number;
  /** Until a frame that tells how the trials stand is on the screen; null where no terminal can be had. */
  readonly firstFrameSeconds: number | null;
  /** Until one shows all of them and their frontier. */
  readonly dashboardSeconds: number | null;
  /** Until a run that has nothing left to do has ended. */
  readonly finishedSeconds: number;
}

export function measureStored(repeats: number): Promise<StoredFigures> {
  return withFolder(async (folder) => {
    const [file, database] = [join(folder, 'stored.yaml'), join(folder, 'stored.sqlite')];
    await writeFile(file, specification);
    const began = performance.now();
    const trials = await fill(file, database);
    const fillSeconds = (performance.now() - began) / 1000;
    const given = [file, '--db', database];
    const planSeconds = await least(repeats, () => timeCommand(['plan', ...given]));
    const resumeSeconds = await least(repeats, () => timeUntil(['run', ...given, '--json'], '"trial_started"'));
    const untilShown = async (shown: string): Promise<number> => {
      // Else the trial goes on where an earlier measurement stopped it, and may have ended before a frame shows it.
      await rm(`${database}.models`, { recursive: true, force: true });
      return timeOnTerminal(['run', ...given], shown);
    };
    const onTerminal = (shown: string): Promise<number | null> =>
      canGiveTerminal() ? least(repeats, () => untilShown(shown)) : Promise.resolve(null);
    const firstFrameSeconds = await onTerminal(`${trials - 1} of ${trials}`);
    const dashboardSeconds = await onTerminal(`${trials - 1}/${trials}`);
    // The last trial.
    await timeCommand(['run', ...given, '--plain']);
    const finishedSeconds = await least(repeats, () => timeCommand(['run', ...given, '--plain']));
    const databaseMegabytes = Math.round((await stat(database)).size / 1e6);
    return {
      trials,
      databaseMegabytes,
      fillSeconds,
      planSeconds,
      resumeSeconds,
      firstFrameSeconds,
      dashboardSeconds,
      finishedSeconds,
    };
  });
}

/** @returns the number of trials, of which the last one is left to run */
async function fill(file: string, database: string): Promise<number> {
  const loaded = loadSpecification(file, []);
  const { declaration, cells, digest } = planSweep(loaded, await loadTask(loaded.task));
  // A run by other code would say so, with counts that the dashboard's are not to be taken for.
  const origin = {
    host: 'bench',
    pid: process.pid,
    programVersion: programVersion(),
    gitRevision: null,
    gitDirty: null,
  };
  const store = await openStore(database);
  try {
    const { id } = await store.openSweep(declaration);
    await store.addCells(id, cells);
    // As the run does that adds them.
    if (digest !== undefined) await store.recordPlan(id, { digest, size: cells.length });
    const stored = await store.trials(id);
    // As many at a time as a big machine has workers.
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < stored.length - 1) {
        const trial = stored[next];
        next += 1;
        const attempt = await store.beginAttempt(trial.id, origin);
        const result = { ...blank, nfe: 20 + (trial.number % 997), loss: 1 / (1 + (trial.number % 991)) };
        await store.finishAttempt(attempt, { state: 'completed', result, modelFile: null });
      }
    };
    await Promise.all(Array.from({ length: 16 }, work));
    return stored.length;
  } finally {
    await store.close();
  }
}

const blank = { accuracy: null, trainLoss: 0.5, trainSeconds: 1, predictSeconds: 0.1, epochs: 100 };
