/** The disk under a run: full, read-only, gone. */
import { chmod, chown, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runVictim, startVictim } from '../chaos/victim.js';
import {
  databaseIn,
  runArguments,
  undisturbed,
  Witness,
  type DisturbedSweep,
  type Reference,
} from '../chaos/witness.js';
import { sweepFile } from '../commands/sweep-process.js';
import { makeTemporaryDirectory, removeDirectory } from '../db/temporary-directory.js';

const sweep: DisturbedSweep = { file: sweepFile('killed.yaml'), code: 0 };
const nobody = 65_534;
/** Root may write everywhere. */
const isRoot = process.getuid?.() === 0;
const asNobody = isRoot
  ? { launcher: ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', '--'] }
  : {};

let directory: string;
let reference: Reference;
beforeAll(async () => {
  directory = await makeTemporaryDirectory();
  await chmod(directory, 0o755);
  reference = await undisturbed(sweep, join(directory, 'reference'));
});
afterAll(() => removeDirectory(directory));

async function makeFolder(name: string): Promise<string> {
  const folder = join(directory, name);
  await mkdir(folder);
  if (isRoot) await chown(folder, nobody, nobody);
  return folder;
}

const refusal = { code: 3, signal: null, stderr: expect.stringMatching(/^Error: .+\n.+\n$/) as string };

async function expectThrough(database: string, witness: Witness): Promise<void> {
  const run = await runVictim(runArguments(sweep, database, 2), null, asNobody);
  expect(run).toMatchObject({ code: 0, signal: null, stderr: '' });
  await witness.observe(run, 'At the end');
  await witness.conclude();
}

describe('a disk that takes no more', () => {
  test('ends each run with what to do, loses nothing, and with space the sweep is what it would have been', async () => {
    const database = databaseIn(await makeFolder('full'));
    const witness = new Witness(database, reference);
    // No file may grow beyond so many blocks of 512 bytes: a quota that needs no rights and no mount.
    for (const blocks of [1, 40, 80, 150, 250, 400, 600]) {
      const limited = ['sh', '-c', `ulimit -f ${blocks}; exec "$@"`, 'sh', ...(asNobody.launcher ?? [])];
      const run = await runVictim(runArguments(sweep, database, 2), null, { launcher: limited });
      const { completed } = await witness.observe(run, `With ${blocks} blocks`);
      if (completed.length === 0 || run.code !== 0) expect(run, `With ${blocks} blocks`).toMatchObject(refusal);
    }
    await expectThrough(database, witness);
  });
});

describe('a place that cannot be written', () => {
  test.runIf(process.platform !== 'win32')('is told with the file and what to do, and nothing changes', async () => {
    const folder = await makeFolder('read-only');
    const database = databaseIn(folder);
    const witness = new Witness(database, reference);
    const args = runArguments(sweep, database, 2);
    const begun = await runVictim(args, { lines: 150, milliseconds: 0 }, asNobody);
    await witness.observe(begun, 'Before');

    await chmod(database, 0o444);
    const readOnlyFile = await runVictim(args, null, asNobody);
    expect(readOnlyFile).toMatchObject(refusal);
    expect(readOnlyFile.stderr).toContain(database);
    await witness.observe(readOnlyFile, 'With a read-only file');

    await chmod(database, 0o644);
    await chmod(folder, 0o555);
    for (const name of await readdir(folder)) await chmod(join(folder, name), name.endsWith('.models') ? 0o555 : 0o444);
    const readOnlyFolder = await runVictim(args, null, asNobody);
    expect(readOnlyFolder).toMatchObject(refusal);
    await witness.observe(readOnlyFolder, 'In a read-only folder');

    await chmod(folder, 0o755);
    for (const name of await readdir(folder)) await chmod(join(folder, name), name.endsWith('.models') ? 0o755 : 0o644);
    await expectThrough(database, witness);
  });

  test('for models ends the run that meets it and leaves the trial in the queue', async () => {
    const folder = await makeFolder('read-only-models');
    const database = databaseIn(folder);
    const witness = new Witness(database, reference);
    const models = `${database}.models`;
    const run = startVictim(runArguments(sweep, database, 2), asNobody);
    await run.until(({ stdout }) => stdout.includes('trial_completed'));
    await chmod(join(models, 'killed'), 0o555);
    const ended = await run.ended;
    expect(ended).toMatchObject(refusal);
    expect(ended.stderr).toContain('The trained model');
    const { states } = await witness.observe(ended, 'With read-only models');
    expect(Object.keys(states).sort()).toEqual(['completed', 'queued']);
    await chmod(join(models, 'killed'), 0o755);
    await expectThrough(database, witness);
  });
});

describe('a database that goes away under a run', () => {
  async function disturb(name: string, action: (database: string) => Promise<void>) {
    const database = databaseIn(await makeFolder(name));
    const run = startVictim(runArguments(sweep, database, 2), asNobody);
    await run.until(({ stdout }) => stdout.includes('trial_completed'));
    await action(database);
    const ended = await run.ended;
    expect(ended).toMatchObject(refusal);
    return { database, ended };
  }

  test('is missed, and the next run starts anew', async () => {
    const { database, ended } = await disturb('deleted', (file) => rm(file));
    expect(ended.stderr).toContain('was deleted or moved');
    await rm(`${database}.models`, { recursive: true });
    await expectThrough(database, new Witness(database, reference));
  });

  test('is missed, and goes on where it was once it is back', async () => {
    const { database, ended } = await disturb('moved', (file) => rename(file, `${file}.moved`));
    expect(ended.stderr).toContain('was deleted or moved');
    const witness = new Witness(database, reference);
    // The moved file is the whole of it.
    await rm(`${database}-wal`, { force: true });
    await rename(`${database}.moved`, database);
    await witness.observe(ended, 'After it came back');
    await expectThrough(database, witness);
  });

  test('is not confused with another file in its place, which is left alone', async () => {
    const { database, ended } = await disturb('replaced', async (file) => {
      await writeFile(`${file}.new`, 'notes');
      await chmod(`${file}.new`, 0o666);
      await rename(`${file}.new`, file);
    });
    expect(ended.stderr).toContain('was replaced by another file');
    const again = await runVictim(runArguments(sweep, database, 2), null, asNobody);
    expect(again).toMatchObject(refusal);
    expect(again.stderr).toContain('is not a SQLite database');
  });
});
