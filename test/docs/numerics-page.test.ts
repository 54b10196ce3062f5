/** docs/numerics.md is whole: its figures and tables are there, and its examples run. What they say is tested elsewhere. */
import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { figures, tables } from '../../bench/figures/contents.js';
import { makeTemporaryDirectory, removeDirectory } from '../db/temporary-directory.js';

const repository = new URL('../../', import.meta.url);
const page = await readFile(new URL('docs/numerics.md', repository), 'utf8');
const examples = [...page.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code);

let directory: string;
beforeAll(async () => {
  directory = await makeTemporaryDirectory();
});
afterAll(() => removeDirectory(directory));

it('Every figure is drawn and shown, and no other', async () => {
  const names = Object.keys(figures).sort();
  const files = await readdir(new URL('docs/figures/', repository));
  expect(files.sort()).toEqual(names.map((name) => `${name}.svg`));
  const shown = [...page.matchAll(/!\[[^\]]+\]\(figures\/([\w-]+)\.svg\)/g)].map(([, name]) => name);
  expect(shown.sort()).toEqual(names);
  for (const file of files) {
    const drawing = await readFile(new URL(`docs/figures/${file}`, repository), 'utf8');
    expect(drawing).toMatch(/^<svg [^]*<path [^]*<\/svg>\n$/);
    expect(drawing).not.toMatch(/NaN|undefined/);
  }
});

it('Every table is filled in, and no other has a place', () => {
  const found = [...page.matchAll(/<!-- table: (\w+) -->\n(.*?)<!-- end -->/gs)];
  expect(found.map(([, name]) => name).sort()).toEqual(Object.keys(tables).sort());
  for (const [, name, content] of found) {
    const lines = content.trim().split('\n');
    expect(lines.length, name).toBeGreaterThan(5);
    const cells = lines.map((line) => line.split('|').length);
    expect(new Set(cells).size, name).toBe(1);
    expect(content).not.toMatch(/NaN|undefined|Infinity|\| *\|/);
  }
});

it('No placeholder is left', () => {
  expect(page).not.toMatch(/\{\{|\}\}|TODO|FIXME|XXX/);
});

it('The examples run', async () => {
  const library = JSON.stringify(fileURLToPath(new URL('src/index.ts', repository)));
  const files = examples.map((_, number) => `example-${number + 1}.ts`);
  for (const [number, code] of examples.entries()) {
    expect(code).toContain("from 'paretode'");
    await writeFile(join(directory, files[number]), code.replace("'paretode'", library));
  }
  const all = join(directory, 'all.ts');
  await writeFile(all, files.map((file) => `await import('./${file}');\nconsole.log('end of ${file}');\n`).join(''));
  const runner = fileURLToPath(new URL('test/run-typescript.js', repository));
  const { stdout } = await promisify(execFile)('node', [runner, all], { cwd: fileURLToPath(repository) });
  for (const file of files) expect(stdout).toContain(`end of ${file}`);
  expect(stdout).not.toMatch(/NaN|undefined/);
});
