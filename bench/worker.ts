/** What one worker costs on the engine kernels: its start, its memory, and how near a solve comes to bare products. */
import { Participant, type Library } from './participant.js';
import { createProblem } from './problems/index.js';
import type { SolveShare } from './ours/solve-share.js';

export interface WorkerFigures {
  /** Of the engine in a fresh process: least and largest of several. */
  readonly startMilliseconds: readonly [least: number, largest: number];
  /** Of a process that trains mnist-node, most at a time. */
  readonly peakMegabytes: number;
  readonly solve: SolveShare;
}

const STARTS = 5;

export async function measureWorker(library: Library): Promise<WorkerFigures> {
  const [small, large] = [await createProblem('spiral-node'), await createProblem('mnist-node-1e-3')];
  const starts: number[] = [];
  for (let k = 0; k < STARTS; k += 1) {
    const participant = new Participant(library, 1);
    starts.push((await participant.prepare(small)).startMilliseconds ?? NaN);
    participant.stop();
  }
  const participant = new Participant(library, 1);
  try {
    await participant.prepare(large);
    await participant.repeat();
    const { peakMegabytes } = await participant.figures();
    const startMilliseconds = [Math.min(...starts), Math.max(...starts)] as const;
    return { startMilliseconds, peakMegabytes, solve: await participant.solveShare() };
  } finally {
    participant.stop();
  }
}
