/** `sweep doctor`: what works on this machine, and what to do about what does not. */
import { access } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { probeEngines } from '../engines/index.js';
import { UserError } from '../errors.js';
import { countOf } from '../report/count-of.js';
import { loadMnist } from '../tasks/datasets/mnist.js';
import { defaultWorkers, megabytesOfWorker } from '../sweep/default-workers.js';
import { databasePath, writeJson, type CommandContext, type DatabaseOptions } from './command-context.js';
import { thisMachine } from './workers-by-default.js';
import { withReader } from './with-reader.js';

/** One line of the report. */
interface Finding {
  readonly what: string;
  readonly state: 'ok' | 'missing' | 'note';
  readonly detail: string;
  readonly hint?: string;
}

export async function examine(context: CommandContext, options: DatabaseOptions): Promise<void> {
  const findings = [machine(), ...(await engines()), await mnist(), await database(context, options)];
  if (options.json === true) {
    writeJson(context, { version: context.version, node: process.versions.node, findings });
    return;
  }
  context.stdout.write(`paretode ${context.version}, Node ${process.versions.node}\n`);
  for (const { what, state, detail, hint } of findings) {
    context.stdout.write(`  ${state.padEnd(8)}${what}: ${detail}\n`);
    if (hint !== undefined) context.stdout.write(`          ${hint}\n`);
  }
}

function machine(): Finding {
  const [first] = cpus();
  const { cores, availableMegabytes } = thisMachine();
  const megabytes = megabytesOfWorker([], null);
  const { workers, limitedByMemory } = defaultWorkers(thisMachine(), megabytes);
  const gibibytes = (mebibytes: number): string => `${(mebibytes / 1024).toFixed(1)} GiB`;
  const why = limitedByMemory ? `, as memory allows with ${megabytes} MB each` : '';
  return {
    what: 'machine',
    state: 'ok',
    detail:
      `${cores} cores (${first.model.trim()}), ${gibibytes(totalmem() / 2 ** 20)} of memory, ` +
      `${gibibytes(availableMegabytes)} available: ${countOf(workers, 'worker')} by default${why}`,
  };
}

async function engines(): Promise<readonly Finding[]> {
  const probes = await probeEngines();
  return probes.map((probe) =>
    probe.state === 'available'
      ? {
          what: `engine ${probe.name}`,
          state: 'ok',
          detail: `${probe.device}, starts in ${probe.startMilliseconds.toFixed(0)} ms`,
        }
      : { what: `engine ${probe.name}`, state: 'missing', detail: probe.reason, hint: probe.hint },
  );
}

async function mnist(): Promise<Finding> {
  try {
    await loadMnist('t10k', 1);
    return { what: 'MNIST digits', state: 'ok', detail: 'installed' };
  } catch (error) {
    return missing('MNIST digits', error);
  }
}

async function database(context: CommandContext, options: DatabaseOptions): Promise<Finding> {
  const path = databasePath(context, options);
  try {
    await access(path);
  } catch {
    return { what: 'database', state: 'note', detail: `${path} does not exist yet; the first run makes it` };
  }
  try {
    return await withReader(path, async (reader): Promise<Finding> => {
      const sweeps = await reader.sweeps();
      const writer = await reader.coordinator();
      const trials = sweeps.reduce((sum, sweep) => sum + sweep.trials, 0);
      const run = writer?.running === true ? `; a run is going on (process ${writer.pid} on ${writer.host})` : '';
      return {
        what: 'database',
        state: 'ok',
        detail: `${path}: ${countOf(sweeps.length, 'sweep')}, ${countOf(trials, 'trial')}${run}`,
      };
    });
  } catch (error) {
    return missing('database', error);
  }
}

function missing(what: string, error: unknown): Finding {
  if (!(error instanceof UserError)) throw error;
  const { message, hint } = error;
  return { what, state: 'missing', detail: message, ...(hint === undefined ? {} : { hint }) };
}
