/** A sweep of ours by the real bin on a fresh database, timed from the command to its end, start-up included. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repository } from '../participant.js';

export interface SweepRun {
  readonly seconds: number;
  readonly trials: number;
  /** Function evaluations of one training solve, mean over epochs and trials. */
  readonly meanNfe: number;
}

/** @param specification text of the sweep file @throws Error if a trial fails */
export async function runOurSweep(specification: string, workers: number): Promise<SweepRun> {
  const folder = await mkdtemp(join(tmpdir(), 'sweep-bench-'));
  try {
    const [file, database] = [join(folder, 'bench.yaml'), join(folder, 'bench.sqlite')];
    await writeFile(file, specification);
    const began = performance.now();
    await sweep(['run', file, '--plain', '--workers', String(workers), '--db', database]);
    const seconds = (performance.now() - began) / 1000;
    const query = 'SELECT (SELECT count(*) FROM trials) AS trials, avg(train_nfe) AS nfe FROM epochs';
    const { rows } = JSON.parse(await sweep(['sql', query, '--json', '--db', database])) as {
      rows: [[number, number]];
    };
    const [[trials, meanNfe]] = rows;
    return { seconds, trials, meanNfe };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function sweep(parameters: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [`${repository}dist/src/cli.js`, ...parameters], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [output, complaints] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`sweep ${parameters.join(' ')} ended with ${code}.\n${output}\n${complaints}`));
    });
  });
}
