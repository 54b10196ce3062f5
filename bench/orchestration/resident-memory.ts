/**
 * Resident memory of a process that runs many trials, by trials that have ended. A program of its own, so that nothing
 * else is in the figure: `node --expose-gc resident-memory.js DATABASE TRIALS` prints `MemoryFigures` as JSON.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createPlainReporter } from '../../src/report/plain-reporter.js';
import { measureSweep, withFolder } from './measured-sweep.js';

export interface MemoryFigures {
  readonly trials: number;
  /** From when a tenth of the trials had ended, in megabytes. */
  readonly atTenth: number;
  readonly atEnd: number;
  readonly highest: number;
}

const file = fileURLToPath(import.meta.url);

export function measureMemory(trials: number): Promise<MemoryFigures> {
  return withFolder((folder) => {
    const parameters = ['--expose-gc', file, join(folder, 'memory.sqlite'), String(trials)];
    const { status, stdout, stderr } = spawnSync(process.execPath, parameters, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${file} ended with ${status}.\n${stderr}`);
    return Promise.resolve(JSON.parse(stdout) as MemoryFigures);
  });
}

async function runProgram(database: string, trials: number): Promise<MemoryFigures> {
  const seen: number[] = [];
  let ended = 0;
  const now = (): number => performance.now();
  await measureSweep(database, { trials, workers: 2, epochs: 1 }, (monitor) => {
    const report = createPlainReporter({ write: () => undefined, now, interval: 10_000, monitor });
    return (event) => {
      report(event);
      if (event.kind !== 'trial-completed') return;
      ended += 1;
      if (ended % (trials / 50) !== 0) return;
      // What is garbage is no growth.
      globalThis.gc?.();
      seen.push(process.memoryUsage.rss() / 1e6);
    };
  });
  return { trials, atTenth: seen[4], atEnd: seen[seen.length - 1], highest: Math.max(...seen) };
}

if (process.argv[1] === file) {
  console.log(JSON.stringify(await runProgram(process.argv[2], Number(process.argv[3]))));
}
