import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { describe, expect, it } from 'vitest';
import { openReader, openStore, resolveDatabasePath } from '../../db/index.js';
import { SqlStore } from '../../db/sql-store.js';
import { guardedDatabase } from '../../db/sqlite/guarded-database.js';
import type { Tables } from '../../db/tables.js';
import { sampleCells, sampleDeclaration } from './sample.js';
import { withTemporaryDirectory } from './temporary-directory.js';

const inDirectory = (sentence: string, body: (directory: string) => Promise<void>): void => {
  it(sentence, () => withTemporaryDirectory(body));
};

/** Opens and closes a store, so that its file is there. */
async function makeDatabase(file: string): Promise<void> {
  await (await openStore(file)).close();
}

/** Changes a file past the store. */
function execute(file: string, sql: string): void {
  const database = new Database(file);
  database.exec(sql);
  database.close();
}

/** Both doors refuse `file` as the user's business, naming it. */
async function expectRefusal(file: string, message: RegExp): Promise<void> {
  for (const open of [openStore, openReader]) {
    const refused = expect(open(file)).rejects;
    await refused.toMatchObject({ name: 'UserError', code: 'database', message, hint: /./ });
    await refused.toThrow(file);
  }
}

describe('Opening a file', () => {
  inDirectory('refuses one that is not a database and leaves it as it is', async (directory) => {
    const file = join(directory, 'notes.md');
    await writeFile(file, '# Notes\n'.repeat(1000));
    await expectRefusal(file, /is not a SQLite database/);
    expect(await readFile(file, 'utf8')).toBe('# Notes\n'.repeat(1000));
    expect(existsSync(`${file}-lock`)).toBe(false);
  });

  inDirectory("refuses another program's database and leaves it as it is", async (directory) => {
    const file = join(directory, 'photos.sqlite');
    execute(file, 'CREATE TABLE photo (id INTEGER)');
    const before = await readFile(file);
    await expectRefusal(file, /is a SQLite database of another program/);
    expect(await readFile(file)).toEqual(before);
    expect(existsSync(`${file}-lock`)).toBe(false);
  });

  inDirectory('refuses one that a newer program has written, with both versions', async (directory) => {
    const file = join(directory, 'sweeps.sqlite');
    await makeDatabase(file);
    execute(file, 'PRAGMA user_version = 999');
    await expectRefusal(file, /has schema version 999, newer than this program, which knows up to \d+/);
  });

  inDirectory('refuses a directory, and one below a file or in a directory that is not there', async (directory) => {
    await expectRefusal(directory, /is a directory/);
    await expect(openStore(join(directory, 'none', 'x.sqlite'))).rejects.toMatchObject({
      code: 'database',
      message: /The directory of the database .*x.sqlite does not exist/,
    });
    const file = join(directory, 'file');
    await writeFile(file, '');
    await expect(openStore(join(file, 'x.sqlite'))).rejects.toMatchObject({ code: 'database', message: /directory/ });
    await expect(openReader(join(file, 'x.sqlite'))).rejects.toMatchObject({
      code: 'database',
      message: /no database/,
    });
  });

  it('refuses a place where no file can be made, even by root', async () => {
    await expect(openStore('/proc/sweeps.sqlite')).rejects.toMatchObject({ code: 'database', message: /\/proc/ });
  });

  inDirectory('says so when the file is damaged', async (directory) => {
    const file = join(directory, 'sweeps.sqlite');
    await makeDatabase(file);
    const bytes = await readFile(file);
    bytes.fill(0xff, 4096);
    await writeFile(file, bytes);
    const store = await openStore(file)
      .then((opened) => opened.openSweep(sampleDeclaration))
      .catch((e: unknown) => e);
    expect(store).toMatchObject({ name: 'UserError', code: 'database', message: /is damaged/ });
  });

  inDirectory('for reading never makes one', async (directory) => {
    const file = join(directory, 'sweeps.sqlite');
    await expect(openReader(file)).rejects.toMatchObject({
      code: 'database',
      message: `There is no database ${file}.`,
    });
    expect(existsSync(file)).toBe(false);
    await writeFile(file, '');
    await expect(openReader(file)).rejects.toMatchObject({ code: 'database', message: /holds no sweep yet/ });
    expect((await stat(file)).size).toBe(0);
  });

  inDirectory('makes an empty file a database', async (directory) => {
    const file = join(directory, 'sweeps.sqlite');
    await writeFile(file, '');
    await makeDatabase(file);
    const reader = await openReader(file);
    expect(await reader.sweeps()).toEqual([]);
    await reader.close();
  });

  inDirectory('under another name does not get around the lock', async (directory) => {
    await mkdir(join(directory, 'data'));
    await symlink(join(directory, 'data'), join(directory, 'link'));
    const store = await openStore(join(directory, 'data', 'sweeps.sqlite'));
    await symlink(join(directory, 'data', 'sweeps.sqlite'), join(directory, 'other.sqlite'));
    for (const name of ['link/sweeps.sqlite', 'other.sqlite', 'data/../link/sweeps.sqlite']) {
      await expect(openStore(join(directory, name))).rejects.toThrow(/is running sweeps in/);
    }
    await store.close();
  });

  inDirectory('works when the lock file of an earlier process is still there', async (directory) => {
    const file = join(directory, 'sweeps.sqlite');
    await makeDatabase(file);
    expect(existsSync(`${file}-lock`)).toBe(true);
    await makeDatabase(file);
  });
});

describe('A store on a full disk', () => {
  inDirectory('says so, keeps nothing of the failed write and goes on when there is space', async (directory) => {
    const file = join(directory, 'sweeps.sqlite');
    await makeDatabase(file);
    const database = new Database(file);
    const dialect = new SqliteDialect({ database: guardedDatabase(database, file) });
    const store = new SqlStore(new Kysely<Tables>({ dialect }), () => database.close());
    const { id } = await store.openSweep(sampleDeclaration);
    database.pragma('max_page_count = 100');
    await expect(store.addCells(id, sampleCells(5000))).rejects.toMatchObject({
      code: 'database',
      message: /cannot grow: the disk is full/,
    });
    expect(await store.trials(id)).toEqual([]);
    database.pragma('max_page_count = 100000');
    expect(await store.addCells(id, sampleCells(5000))).toBe(5000);
    await store.close();
  });
});

describe('A store whose file is moved or replaced', () => {
  inDirectory('says so, brings what it has into the moved file and leaves the other one alone', async (directory) => {
    const file = join(directory, 'sweeps.sqlite');
    const store = await openStore(file);
    const { id } = await store.openSweep(sampleDeclaration);
    await store.addCells(id, sampleCells(3));
    await rename(file, join(directory, 'moved.sqlite'));
    await expect(store.trials(id)).rejects.toMatchObject({ code: 'database', message: /was deleted or moved/ });
    const other = join(directory, 'other.sqlite');
    await makeDatabase(other);
    await rename(other, file);
    await expect(store.addCells(id, sampleCells(4))).rejects.toMatchObject({ message: /was replaced/, hint: /./ });
    await store.close();

    const moved = await openReader(join(directory, 'moved.sqlite'));
    expect(await moved.sweep(sampleDeclaration.name)).toMatchObject({ trials: 3 });
    await moved.close();
    const replaced = await openReader(file);
    expect(await replaced.sweeps()).toEqual([]);
    await replaced.close();
  });
});

describe('The database that a command means', () => {
  it('is --db, then SWEEP_DB, then sweeps.sqlite here', () => {
    expect(resolveDatabasePath({ flag: '/a.sqlite', env: { SWEEP_DB: '/b.sqlite' } })).toBe('/a.sqlite');
    expect(resolveDatabasePath({ env: { SWEEP_DB: '/b.sqlite' } })).toBe('/b.sqlite');
    expect(resolveDatabasePath({ env: { SWEEP_DB: '' } })).toBe(join(process.cwd(), 'sweeps.sqlite'));
    expect(resolveDatabasePath({ env: {} })).toBe(join(process.cwd(), 'sweeps.sqlite'));
  });

  it.each([
    ['postgres://lab/sweeps', /Postgres URL: this version stores sweeps in SQLite files/],
    ['postgresql://lab/sweeps', /Postgres URL/],
    ['file:sweeps.sqlite', /URL "file:sweeps.sqlite"/],
    [':memory:', /would lose every trial/],
    ['', /--db expects the path of a SQLite file, but it is empty/],
  ])('is never %j', (flag, message) => {
    expect(() => resolveDatabasePath({ flag, env: {} })).toThrow(message);
  });
});
