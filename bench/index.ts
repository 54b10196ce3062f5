/**
 * `npm run bench`: this package beside its peers on the same problems, from the same numbers, in one run.
 *
 *   npm run bench -- --only spiral-node,sweep --threads 1 --seconds 5 --repeats 10 --out bench/results/mine
 *
 * Writes the results as JSON and Markdown; a run of everything also puts the tables into
 * docs/performance.md, unless `--out` is given. Ends with code 1 where
 * libraries did not do the same work.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, resolve } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { DEVIATIONS, disagreements, LOSS_TOLERANCE } from './agreement.js';
import { measureCell, type Cell } from './cell.js';
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
const limits = { seconds: Number(values.seconds), repeats: Number(values.repeats) };
for (const number of [...threadCounts, limits.seconds, limits.repeats]) {
  if (!(number > 0)) throw new Error('--threads, --seconds and --repeats take positive numbers; --threads also `all`.');
}

const asked = problemNames.filter((name) => only.includes(name));
const parts = whole.filter((part) => only.includes(part));
const { libraries, absent } = await findLibraries();
const progress = new Progress(asked.length * threadCounts.length + parts.length);

const cells: Cell[] = [];
for (const threads of threadCounts) {
  for (const name of asked) {
    const problem = await createProblem(name);
    const field = libraries.filter(({ kinds }) => kinds.includes(problem.kind));
    const paths = threads === threadCounts[0] ? PATHS : 0;
    const title = `${name}, ${threads} thread${threads === 1 ? '' : 's'}`;
    cells.push(await progress.part(title, () => measureCell(problem, field, { ...limits, threads, paths })));
  }
}
async function part<Result>(name: (typeof whole)[number], measure: () => Promise<Result>): Promise<Result | null> {
  return parts.includes(name) ? progress.part(name, measure) : null;
}
const results: Results = {
  machine: describeMachine(),
  pinned: pinsProcesses,
  absent,
  cells,
  disagreements: cells.flatMap((cell) => disagreements(cell, PATHS)),
  sweep: await part('sweep', compareSweeps),
  overhead: await part('overhead', measureOverhead),
  worker: await part('worker', () => measureWorker(libraries[0])),
};

const out = resolve(values.out ?? `${repository}bench/results/${machineSlug(results.machine)}`);
const markdown = resultsInMarkdown(results);
await mkdir(dirname(out), { recursive: true });
await writeFile(`${out}.json`, `${JSON.stringify(results, null, 2)}\n`);
await writeFile(`${out}.md`, markdown);
console.log(markdown);
console.error(`Results: ${out}.json, ${out}.md`);
if (values.out === undefined && only.length === everything.length) {
  const page = `${repository}docs/performance.md`;
  await writeFile(page, withPart(await readFile(page, 'utf8'), 'bench', markdown));
}
if (results.disagreements.length > 0) {
  console.error(
    `The libraries did not do the same work (losses may differ by ${LOSS_TOLERANCE} of their size, moments by ` +
      `${DEVIATIONS} standard errors):\n${results.disagreements.join('\n')}`,
  );
  process.exitCode = 1;
}
