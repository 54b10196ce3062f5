/** Trials that a rule stops, on real threads and a real database: which they are, what is kept and what is shown. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeTemporaryDirectory, removeDirectory } from '../db/temporary-directory.js';
import { runSweepProcess, startSweepProcess, sweepFile, type Ended } from './sweep-process.js';

const pruned = sweepFile('pruned.yaml');

let directory: string;
beforeAll(async () => (directory = await makeTemporaryDirectory()));
afterAll(() => removeDirectory(directory));

function rows(database: string, statement: string): Record<string, unknown>[] {
  const reader = new Database(join(directory, database), { readonly: true });
  try {
    return reader.prepare(statement).all() as Record<string, unknown>[];
  } finally {
    reader.close();
  }
}

/** How each trial ended, and every epoch of its latest attempt, without what a clock measures. */
function measured(database: string): unknown {
  return {
    trials: rows(
      database,
      'SELECT trial, state, reason_code, reason, nfe, loss, epochs, spared_epoch FROM trials ORDER BY trial',
    ),
    epochs: rows(database, 'SELECT trial, epoch, nfe, train_loss, test_loss FROM epochs ORDER BY trial, epoch'),
  };
}

const run = (database: string, ...more: readonly string[]): Promise<Ended> =>
  runSweepProcess(['run', pruned, '--plain', '--db', database, ...more], { cwd: directory });

describe('A run whose rule compares with all trials', () => {
  let first: Ended;
  beforeAll(async () => (first = await run('all.sqlite')));

  test('stops what is worse than the others, ends well, and says why and what it saved', () => {
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(
      /^\[ ?\d+\/16\] {2}# ?\d+ {2}pruned .* reason median: best loss \S+ by epoch \d+ is worse than \S+, the median of \d+ trials$/m,
    );
    expect(first.stdout).toMatch(/^finished after .*: 8 completed, 8 pruned$/m);
    expect(first.stdout).toMatch(
      /^Early stopping ended 8 of 16 trials: 72 of 192 epochs saved, about \S+ of training\.$/m,
    );
    expect(first.stdout).toMatch(/^Continued as the completed trials went on, \S+ of them would be on the frontier/m);
    expect(first.stdout).not.toContain('did not complete');
  });

  test('has the stopped trials end at their epoch, without a result or further epochs', () => {
    const ended = rows(
      'all.sqlite',
      "SELECT trials.*, reason_epoch FROM trials JOIN attempts USING (sweep, trial) WHERE trials.state = 'pruned' ORDER BY trial",
    );
    expect(ended.map(({ trial }) => trial)).toEqual([9, 10, 11, 12, 13, 14, 15, 16]);
    for (const trial of ended) expect(trial).toMatchObject({ reason_epoch: 3, nfe: null, loss: null, epochs: null });
    const counts = rows('all.sqlite', 'SELECT trial, count(*) AS epochs FROM epochs GROUP BY trial ORDER BY trial');
    expect(counts.map(({ epochs }) => epochs)).toEqual([...Array<number>(8).fill(12), ...Array<number>(8).fill(3)]);
  });

  test('runs nothing again under the same command, and tells the same of what was saved', async () => {
    const before = measured('all.sqlite');
    const again = await run('all.sqlite');
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(again.stdout).toContain('16 finished before, 0 to run');
    expect(again.stdout).toContain('Early stopping ended 8 of 16 trials');
    expect(measured('all.sqlite')).toEqual(before);
  });

  test('is shown by `show` and `trials`', async () => {
    const at = ['--db', 'all.sqlite'];
    const shown = await runSweepProcess(['show', 'pruned', ...at], { cwd: directory });
    expect(shown.stdout).toContain('16: 8 completed, 8 pruned');
    expect(shown.stdout).toContain('Early stopping ended 8 of 16 trials');
    const json = await runSweepProcess(['show', 'pruned', '--json', ...at], { cwd: directory });
    expect(JSON.parse(json.stdout)).toMatchObject({ pruning: { stopped: 8, epochsSaved: 72, examined: 8, spared: 0 } });
    const trial = await runSweepProcess(['show', 'pruned', '9', ...at], { cwd: directory });
    expect(trial.stdout).toMatch(/state +pruned\n +reason +median: best loss/);
    const trials = await runSweepProcess(['trials', 'pruned', '--state', 'pruned', ...at], { cwd: directory });
    expect(trials.stdout.match(/pruned .*the median of \d+ trials/g)).toHaveLength(8);
  });

  test('lets spared trials run to their end, and counts how often the rule was wrong', async () => {
    const spared = await run('spared.sqlite', 'early_terminate.spare=0.6');
    expect(spared.code).toBe(0);
    const kept = rows('spared.sqlite', 'SELECT * FROM trials WHERE spared_epoch IS NOT NULL');
    expect(kept.length).toBeGreaterThan(0);
    for (const trial of kept) expect(trial).toMatchObject({ state: 'completed', spared_epoch: 3, epochs: 12 });
    expect(spared.stdout).toContain(`Of ${kept.length} spared trials that the rule would have stopped, `);
    const shown = await runSweepProcess(['show', 'pruned', String(kept[0].trial), '--db', 'spared.sqlite'], {
      cwd: directory,
    });
    expect(shown.stdout).toContain('early stopping would have ended it at epoch 3');
  });
});

test('A trial that others dominate in both objectives is stopped, and the cheapest and the best go on', async () => {
  const rule = ['early_terminate.type=dominated', 'early_terminate.by=2', 'early_terminate.patience=2'];
  const dominated = await run('dominated.sqlite', '~early_terminate', ...rule);
  expect(dominated).toMatchObject({ code: 0, stderr: '' });
  expect(dominated.stdout).toMatch(/pruned .* reason dominated: \d+ trials or more were better in every objective/);
  const [{ stopped, nfe }] = rows(
    'dominated.sqlite',
    "SELECT sum(state = 'pruned') AS stopped, min(nfe) AS nfe FROM trials",
  );
  expect(stopped).toBeGreaterThan(0);
  const cheapest = rows('dominated.sqlite', 'SELECT min(nfe) AS nfe FROM epochs WHERE epoch = 12');
  expect(cheapest).toEqual([{ nfe }]);
});

describe('A deterministic rule', () => {
  const overrides = ['deterministic=true', 'generation=3', 'min_trials=3'].map((key) => `early_terminate.${key}`);
  let alone: unknown;
  beforeAll(async () => {
    expect(await run('alone.sqlite', ...overrides, '--workers', '1')).toMatchObject({ code: 0, stderr: '' });
    alone = measured('alone.sqlite');
  });

  test('stops some trials, none of the first two generations', () => {
    const ended = rows('alone.sqlite', "SELECT trial FROM trials WHERE state = 'pruned' ORDER BY trial");
    expect(ended.length).toBeGreaterThan(2);
    for (const { trial } of ended) expect(trial).toBeGreaterThan(6);
  });

  test.each([2, 5])('stops the same trials at the same epochs with %i workers', async (workers) => {
    const database = `${workers}.sqlite`;
    expect(await run(database, ...overrides, '--workers', String(workers))).toMatchObject({ code: 0, stderr: '' });
    expect(measured(database)).toEqual(alone);
  });

  test('stops the same trials at the same epochs where the run is killed in between', async () => {
    for (const ended of [4, 9]) {
      const process = startSweepProcess(
        ['run', pruned, ...overrides, '--json', '--workers', '2', '--db', 'killed.sqlite'],
        { cwd: directory },
      );
      await process.until(({ stdout }) => (stdout.match(/"event":"epoch_recorded"/g) ?? []).length >= 5 * ended);
      process.kill('SIGKILL');
      await process.ended;
    }
    expect(await run('killed.sqlite', ...overrides, '--workers', '5')).toMatchObject({ code: 0, stderr: '' });
    expect(measured('killed.sqlite')).toEqual(alone);
  });
});
