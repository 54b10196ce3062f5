/**
 * `npm run bench`: this package beside its peers on the same problems, from the same numbers, in one run.
 *
 *   npm run bench -- --only spiral-node,sweep --threads 1 --seconds 5 --repeats 10 --out bench/results/mine
 *
 * Writes the results as JSON and Markdown after each part; a run of everything also puts the tables into
 * docs/performance.md, unless `--out` is given. Ends with code 1 where a library failed or did not do the same work.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, resolve } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { DEVIATIONS, disagreements, LOSS_TOLERANCE } from './agreement.js';
import { measureCell } from './cell.js';
import { findLibraries } from './libraries.js';
import { describeMachine, machineSlug } from './machine.js';
import { pinsProcesses, repository } from './participant.js';
import { createProblem, problemNames } from './problems/index.js';
import { Progress } from './progress.js';
import type { Results } from './results.js';
import { compareSweeps, measureOverhead } from './sweep/index.js';
import { resultsInMarkdown } from './tables.js';
import { measureWorker } from './worker.js';
import { withPart } from './page.js';

/** Paths over which the moments of stochastic solves are compared. */
const PATHS = 20_000;

const whole = ['sweep', 'overhead', 'worker'] as const;
const everything = [...problemNames, ...whole];

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: everything.join(',') },
    threads: { type: 'string', default: '1,all' },
    seconds: { type: 'string', default: '12' },
    repeats: { type: 'string', default: '60' },
    out: { type: 'string' },
  },
});
const only = values.only.split(',');
for (const name of only) {
  if (!everything.some((other) => other === name)) throw new Error(`There is no ${name}: ${everything.join(', ')}.`);
}
const cores = availableParallelism();
const threadCounts = [...new Set(values.threads.split(',').map((text) => (text === 'all' ? cores : Number(text))))];
for (const count of threadCounts) {
  if (!(Number.isInteger(count) && count >= 1 && count <= cores)) {
    throw new Error(`--threads takes numbers from 1 to ${cores}, or all, not ${values.threads}.`);
  }
}
const limits = { seconds: Number(values.seconds), repeats: Number(values.repeats) };
if (!(limits.seconds > 0 && limits.repeats > 0)) throw new Error('--seconds and --repeats take positive numbers.');

const asked = problemNames.filter((name) => only.includes(name));
const parts = whole.filter((part) => only.includes(part));
const { libraries, absent } = await findLibraries();
const progress = new Progress(asked.length * threadCounts.length + parts.length);

let results: Results = {
  machine: describeMachine(),
  pinned: pinsProcesses,
  absent,
  cells: [],
  disagreements: [],
  sweep: null,
  overhead: null,
  worker: null,
};
const out = resolve(values.out ?? `${repository}bench/results/${machineSlug(results.machine)}`);
await mkdir(dirname(out), { recursive: true });

/** Measures one part and writes all results so far: a long run that ends early has not been in vain. */
async function part(name: string, measure: () => Promise<Partial<Results>>): Promise<void> {
  results = { ...results, ...(await progress.part(name, measure)) };
  await writeFile(`${out}.json`, `${JSON.stringify(results, null, 2)}\n`);
  await writeFile(`${out}.md`, resultsInMarkdown(results));
}

for (const threads of threadCounts) {
  for (const name of asked) {
    await part(`${name}, ${threads} thread${threads === 1 ? '' : 's'}`, async () => {
      const problem = await createProblem(name);
      const field = libraries.filter(({ kinds }) => kinds.includes(problem.kind));
      const paths = threads === threadCounts[0] ? PATHS : 0;
      const cell = await measureCell(problem, field, { ...limits, threads, paths });
      return {
        cells: [...results.cells, cell],
        disagreements: [...results.disagreements, ...disagreements(cell, PATHS)],
      };
    });
  }
}
if (parts.includes('sweep')) await part('sweep', async () => ({ sweep: await compareSweeps() }));
if (parts.includes('overhead')) await part('overhead', async () => ({ overhead: await measureOverhead() }));
if (parts.includes('worker')) await part('worker', async () => ({ worker: await measureWorker(libraries[0]) }));

const markdown = resultsInMarkdown(results);
console.log(markdown);
console.error(`Results: ${out}.json, ${out}.md`);
if (values.out === undefined && only.length === everything.length) {
  const page = `${repository}docs/performance.md`;
  await writeFile(page, withPart(await readFile(page, 'utf8'), 'bench', markdown));
}
const failures = results.cells.flatMap((cell) => cell.failures);
if (failures.length > 0) console.error(`Libraries failed:\n${failures.join('\n')}`);
if (results.disagreements.length > 0) {
  console.error(
    `The libraries did not do the same work (losses may differ by ${LOSS_TOLERANCE} of their size, moments by ` +
      `${DEVIATIONS} standard errors):\n${results.disagreements.join('\n')}`,
  );
}
if (failures.length + results.disagreements.length > 0) process.exitCode = 1;
