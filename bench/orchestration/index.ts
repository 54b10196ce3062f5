/**
 * `npm run bench:orchestration`: what the orchestrator itself costs, measured on the real coordinator, worker threads and
 * SQLite file; only training is replaced where a part says so.
 *
 *   npm run bench:orchestration -- --only throughput,stored --repeats 3
 *
 * Writes bench/results/orchestration-<machine>.json; a run of everything also puts the table into docs/performance.md.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { describeMachine, machineSlug } from '../machine.js';
import { withPart } from '../page.js';
import { repository } from '../participant.js';
import { Progress } from '../progress.js';
import { measureEpochRows } from './epoch-rows.js';
import { measureFresh } from './measured-sweep.js';
import { least } from './program.js';
import { measureMemory } from './resident-memory.js';
import { figuresInMarkdown, type OrchestrationFigures } from './figures.js';
import { measureStart } from './start-up.js';
import { measureStored } from './stored-sweep.js';

const parts = ['start', 'throughput', 'models', 'epochs', 'memory', 'stored', 'sleeping'] as const;

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: parts.join(',') },
    repeats: { type: 'string', default: '3' },
  },
});
const only = values.only.split(',');
for (const name of only) {
  if (!parts.some((part) => part === name)) throw new Error(`There is no ${name}: ${parts.join(', ')}.`);
}
const repeats = Number(values.repeats);
if (!(repeats >= 1)) throw new Error(`--repeats takes a positive number, not ${values.repeats}.`);

const workers = Math.min(4, availableParallelism());
const [many, few] = [10_000, 1000];

const measurements: Readonly<Record<(typeof parts)[number], () => Promise<Partial<OrchestrationFigures>>>> = {
  start: async () => ({ start: await measureStart(repeats) }),
  throughput: async () => ({
    trialsPerSecond: many / (await least(repeats, () => measureFresh({ trials: many, workers }))),
  }),
  models: async () => ({
    modelsPerSecond: few / (await least(repeats, () => measureFresh({ trials: few, workers, models: true }))),
  }),
  epochs: async () => ({ epochs: await measureEpochRows() }),
  memory: async () => ({ memory: await measureMemory(50_000) }),
  stored: async () => ({ stored: await measureStored(repeats) }),
  sleeping: async () => ({ sleepingSeconds: await measureFresh({ trials: 1000, workers: 16, milliseconds: 1000 }) }),
};

const machine = describeMachine();
const out = `${repository}bench/results/orchestration-${machineSlug(machine)}.json`;
await mkdir(`${repository}bench/results`, { recursive: true });
let figures: OrchestrationFigures = { machine, workers };
const asked = parts.filter((part) => only.includes(part));
const progress = new Progress(asked.length);
for (const part of asked) {
  figures = { ...figures, ...(await progress.part(part, measurements[part])) };
  if (asked.length === parts.length) await writeFile(out, `${JSON.stringify(figures, null, 2)}\n`);
}
const markdown = figuresInMarkdown(figures);
console.log(markdown);
if (asked.length === parts.length) {
  const page = `${repository}docs/performance.md`;
  await writeFile(page, withPart(await readFile(page, 'utf8'), 'orchestration', markdown));
}
