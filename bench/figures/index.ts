/** Draws the figures and fills in the tables of docs/numerics.md: `npm run figures`, or with some names after it. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import process from 'node:process';
import { figures, tables } from './contents.js';
import { withTable } from './page.js';

const page = new URL('../../docs/numerics.md', import.meta.url);
const folder = new URL('../../docs/figures/', import.meta.url);
const names = process.argv.slice(2);

for (const name of names) {
  if (!(name in figures) && !(name in tables)) {
    throw new Error(`There is no ${name}: ${[...Object.keys(figures), ...Object.keys(tables)].join(', ')}.`);
  }
}

async function make(name: string, work: () => Promise<void>): Promise<void> {
  if (names.length > 0 && !names.includes(name)) return;
  const began = performance.now();
  await work();
  console.log(`${((performance.now() - began) / 1000).toFixed(1).padStart(5)} s  ${name}`);
}

await mkdir(folder, { recursive: true });
for (const [name, figure] of Object.entries(figures)) {
  await make(name, async () => writeFile(new URL(`${name}.svg`, folder), await figure()));
}
for (const [name, table] of Object.entries(tables)) {
  await make(name, async () => writeFile(page, withTable(await readFile(page, 'utf8'), name, await table())));
}
