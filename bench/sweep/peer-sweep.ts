/** Optuna's grid over one fresh SQLite file in worker processes, timed without their imports (bench/peers/sweep.py). */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { problemMessage } from '../problems/message.js';
import type { Problem } from '../problems/problem.js';
import { repository } from '../participant.js';
import type { SweepRun } from './our-sweep.js';

export interface Grid {
  readonly weights: readonly number[];
  readonly tolerances: readonly number[];
  readonly iterations: number;
}

interface WorkerReport {
  readonly trials: readonly { readonly weight: number; readonly tolerance: number; readonly nfe: number }[];
}

export async function runPeerSweep(
  library: 'torch' | 'diffrax',
  problem: Problem,
  grid: Grid,
  workers: number,
): Promise<SweepRun> {
  const folder = await mkdtemp(join(tmpdir(), 'sweep-bench-'));
  const storage = `sqlite:///${join(folder, 'optuna.sqlite')}`;
  const processes = Array.from({ length: workers }, () => startWorker(library));
  try {
    const request = { ...grid, storage, problem: problemMessage(problem) };
    for (const worker of processes) await worker.ask({ do: 'load', ...request });
    const began = performance.now();
    await processes[0].ask({ do: 'create' });
    const reports = await Promise.all(processes.map((worker) => worker.ask({ do: 'run' })));
    const seconds = (performance.now() - began) / 1000;
    const trials = (reports as WorkerReport[]).flatMap((report) => report.trials);
    // Two workers may take the same cell of the grid.
    const cells = new Set(trials.map(({ weight, tolerance }) => `${weight} ${tolerance}`));
    return { seconds, trials: cells.size, meanNfe: trials.reduce((sum, { nfe }) => sum + nfe, 0) / trials.length };
  } finally {
    for (const worker of processes) worker.stop();
    await rm(folder, { recursive: true });
  }
}

function startWorker(library: string) {
  const child = spawn(`${repository}bench/.venv/bin/python`, [`${repository}bench/peers/sweep.py`, library], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, OMP_NUM_THREADS: '1', MKL_NUM_THREADS: '1' },
  });
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  child.stdin.on('error', () => undefined);
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(request: Readonly<Record<string, unknown>>): Promise<unknown> {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const line = await answers.next();
      if (line.done === true) throw new Error(`The sweep of ${library} ended early.\n${complaints}`);
      return JSON.parse(line.value);
    },
    stop: () => child.kill(),
  };
}
