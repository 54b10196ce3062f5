import { execFile } from 'node:child_process';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { openStore } from '../../db/index.js';
import { withTemporaryDirectory } from './temporary-directory.js';

const runner = fileURLToPath(new URL('../run-typescript.js', import.meta.url));
const opener = fileURLToPath(new URL('open-without-permission.ts', import.meta.url));

it('Whoever lacks a permission hears which file it is about and what to do', () =>
  withTemporaryDirectory(async (directory) => {
    await chmod(directory, 0o755);
    const readable = join(directory, 'readable');
    const closed = join(directory, 'closed');
    for (const each of [readable, closed]) {
      await mkdir(each);
      await (await openStore(join(each, 'a.sqlite'))).close();
    }
    await chmod(readable, 0o555);
    await chmod(closed, 0o000);
    const files = [join(readable, 'a.sqlite'), join(readable, 'new.sqlite'), join(closed, 'a.sqlite')];
    const { stdout } = await promisify(execFile)(process.execPath, [runner, opener, ...files]);
    await chmod(readable, 0o755);
    await chmod(closed, 0o755);

    const expected = [
      ['cannot be written', 'cannot be read where it is: SQLite must make files beside it'],
      ['cannot be opened', 'There is no database'],
      ['cannot be reached', 'cannot be reached'],
    ];
    const answers = JSON.parse(stdout) as unknown[];
    for (const [index, message] of expected.flat().entries()) {
      const file = files[Math.floor(index / 2)] ?? '';
      expect(answers[index]).toMatchObject({ name: 'UserError', code: 'database', hint: /./ });
      expect(answers[index]).toMatchObject({ message: expect.stringContaining(message) as string });
      expect(answers[index]).toMatchObject({ message: expect.stringContaining(file) as string });
    }
  }));
