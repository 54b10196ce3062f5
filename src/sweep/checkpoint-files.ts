/**
 * Where trials leave their checkpoints, `<database>.models/<sweep>/<trial number>.checkpoint`, and when they go.
 *
 * A checkpoint lives as long as a later attempt may want it: through interruptions and killed runs, and beyond an end as
 * failed, timed_out or cancelled, which a person may have tried again. Where training diverged or was pruned, and where it
 * completed, it goes: a further attempt begins at the beginning.
 *
 * Invariant: a file goes only after the end of its trial is committed. What a kill between the two leaves, the next run of
 * the sweep removes.
 */
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { unfinishedName } from '../files/write-durably.js';
import type { CheckpointRequest } from '../training/trial.js';
import type { StoredTrial, SweepDeclaration } from './store.js';
import { modelFolder } from './trial-files.js';
import type { TrialState } from './trial-state.js';

export interface CheckpointFiles {
  /** What a worker is told. */
  request(trial: StoredTrial): CheckpointRequest;
  /** An attempt ended in this state, which is committed. */
  ended(trial: StoredTrial, state: TrialState): Promise<void>;
  /** Removes what is of no use to any of the trials, none of which runs. */
  tidy(trials: readonly StoredTrial[]): Promise<void>;
}

export function checkpointsBeside(
  database: string,
  { name }: Pick<SweepDeclaration, 'name'>,
  everySeconds: number,
): CheckpointFiles {
  const folder = join(dirname(database), modelFolder(database, name));
  const pathOf = (number: number): string => join(folder, `${number}.checkpoint`);
  return {
    request: ({ number }) => ({ path: pathOf(number), everySeconds }),
    ended: async ({ number }, state) => {
      if (!isKept(state)) await remove(pathOf(number));
    },
    tidy: async (trials) => {
      const files = await filesOf(folder);
      if (files.length === 0) return;
      const states = new Map(trials.map(({ number, state }) => [number, state]));
      for (const file of files) {
        const name = /^(\d+)\.checkpoint(?:\.tmp)?$/.exec(file);
        if (name === null) continue;
        const state = states.get(Number(name[1]));
        if (state !== undefined && isKept(state) && file.endsWith('.checkpoint')) continue;
        await rm(join(folder, file), { force: true });
      }
    },
  };
}

/** Whether a trial that stands or has ended so may go on from its checkpoint. */
function isKept(state: TrialState): boolean {
  switch (state) {
    case 'queued':
    case 'running':
    case 'failed':
    case 'timed_out':
    case 'cancelled':
      return true;
    case 'completed':
    case 'diverged':
    case 'pruned':
      return false;
  }
}

/**
 * A thread that was terminated while it wrote leaves the unfinished name. Most trials leave neither: to look costs
 * microseconds, to have a thread of Node's look for what it should remove a good part of a short trial.
 */
async function remove(path: string): Promise<void> {
  for (const file of [path, unfinishedName(path)]) if (existsSync(file)) await rm(file, { force: true });
}

async function filesOf(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
