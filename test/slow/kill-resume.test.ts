/**
 * The built product, killed without warning at several moments and started again each time.
 * Needs `npm run build`, which `npm run test:slow` does first.
 */
import { spawn } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { withTemporaryDirectory } from '../db/temporary-directory.js';

const bin = fileURLToPath(new URL('../../dist/src/cli.js', import.meta.url));
const sweepFile = fileURLToPath(new URL('../fixtures/sweeps/kill-resume.yaml', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Numbers of the trials that the process said are completed. */
  readonly completed: readonly number[];
  readonly errors: string;
}

/** Runs the sweep in a process of its own, which is killed as soon as it has written `lines` lines. */
async function runSweep(database: string, lines = Infinity): Promise<Ended> {
  const child = spawn(process.execPath, [bin, 'run', sweepFile, '--db', database, '--json', '--workers', '2'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const ended = new Promise<Pick<Ended, 'code' | 'signal'>>((resolve) =>
    child.on('close', (code, signal) => resolve({ code, signal })),
  );
  const completed: number[] = [];
  let seen = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const event = JSON.parse(line) as { readonly event: string; readonly trial?: number };
    if (event.event === 'trial_completed' && event.trial !== undefined) completed.push(event.trial);
    if (++seen === lines) child.kill('SIGKILL');
  }
  return { ...(await ended), completed, errors };
}

function query(database: string, statement: string): unknown[] {
  const reader = new Database(database, { readonly: true });
  try {
    return reader.prepare(statement).all();
  } finally {
    reader.close();
  }
}

/** Everything measured but wall times and memory. */
function numbers(database: string): unknown[] {
  return query(
    database,
    `SELECT trial.number, trial.cell_hash, trial.state, trial.nfe, trial.loss, trial.accuracy, trial.train_loss,
            trial.epochs, trial.nonfinite, trial.model_file, epoch.epoch, epoch.train_loss, epoch.test_loss, epoch.nfe,
            epoch.train_nfe, epoch.backward_nfe, epoch.accepted, epoch.rejected, epoch.error_regularizer,
            epoch.stiffness_regularizer, epoch.error_weight, epoch.stiffness_weight, epoch.mean_step
     FROM trial
       JOIN attempt ON attempt.trial_id = trial.id AND attempt.state = 'completed'
       JOIN epoch ON epoch.attempt_id = attempt.id
     ORDER BY trial.number, epoch.epoch`,
  );
}

function models(database: string): Promise<Buffer[]> {
  const files = query(database, 'SELECT model_file AS file FROM trial ORDER BY number') as { readonly file: string }[];
  return Promise.all(files.map(({ file }) => readFile(join(dirname(database), file))));
}

test('a sweep killed again and again completes every cell exactly once, with the numbers of an undisturbed one', async () => {
  await withTemporaryDirectory(async (directory) => {
    // One file name in two folders: the names of the models follow it and are compared too.
    const [undisturbed, killed] = await Promise.all(
      ['undisturbed', 'killed'].map(async (folder) => {
        await mkdir(join(directory, folder));
        return join(directory, folder, 'sweeps.sqlite');
      }),
    );
    const once = await runSweep(undisturbed);
    expect(once).toMatchObject({ code: 0, signal: null, errors: '' });

    const told = new Set<number>();
    for (const lines of [1, 2, 5, 20, 60, 150]) {
      const run = await runSweep(killed, lines);
      expect(run).toMatchObject({ signal: 'SIGKILL' });
      for (const trial of run.completed) {
        expect(told).not.toContain(trial);
        told.add(trial);
      }
      const stored = query(killed, "SELECT number FROM trial WHERE state = 'completed'") as {
        readonly number: number;
      }[];
      expect(stored.map(({ number }) => number)).toEqual(expect.arrayContaining([...told]));
    }
    expect(await runSweep(killed)).toMatchObject({ code: 0, signal: null });

    const cells = once.completed.length;
    expect(cells).toBeGreaterThan(0);
    expect(
      query(
        killed,
        `SELECT count(*) AS cells, count(DISTINCT cell_hash) AS distinct_cells,
                (SELECT count(*) FROM attempt WHERE state = 'completed') AS completed,
                (SELECT count(*) > 0 FROM attempt WHERE state = 'lost') AS some_lost,
                (SELECT count(*) FROM attempt WHERE state NOT IN ('completed', 'lost')) AS others
         FROM trial WHERE state = 'completed'`,
      ),
    ).toEqual([{ cells, distinct_cells: cells, completed: cells, some_lost: 1, others: 0 }]);
    expect(numbers(killed)).toEqual(numbers(undisturbed));
    expect(await models(killed)).toEqual(await models(undisturbed));
  });
});
