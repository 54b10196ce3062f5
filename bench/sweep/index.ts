/** Whole sweeps side by side, and what the orchestrator itself costs. */
import { createProblem } from '../problems/index.js';
import { repository } from '../participant.js';
import { runOurSweep, type SweepRun } from './our-sweep.js';
import { runPeerSweep } from './peer-sweep.js';

export interface SweepEntry extends SweepRun {
  readonly name: string;
  readonly side: 'ours' | 'peer';
}

const grid = {
  weights: [0, 1e-5, 1e-4, 1e-3],
  tolerances: [1e-3, 1e-4, 1e-5, 1e-6],
  iterations: 100,
};

/** Trials at a time, one thread each. */
export const SWEEP_WORKERS = 2;

/** 16 trials of 100 iterations each: weight × tolerance. */
export async function compareSweeps(): Promise<readonly SweepEntry[]> {
  const problem = await createProblem('spiral-node-b64');
  const specification = [
    'name: bench',
    `task: ${repository}dist/bench/sweep/spiral-task.js`,
    `parameters: { error_weight: ${JSON.stringify(grid.weights)}, rtol: ${JSON.stringify(grid.tolerances)} }`,
  ].join('\n');
  return [
    { name: 'sweep, kernels', side: 'ours', ...(await runOurSweep(specification, SWEEP_WORKERS)) },
    { name: 'Optuna + torchdiffeq', side: 'peer', ...(await runPeerSweep('torch', problem, grid, SWEEP_WORKERS)) },
    { name: 'Optuna + diffrax', side: 'peer', ...(await runPeerSweep('diffrax', problem, grid, SWEEP_WORKERS)) },
  ];
}

export interface Overhead {
  readonly trials: number;
  /** Of one more trial that computes next to nothing. */
  readonly millisecondsPerTrial: number;
  /** Of a run, whatever its trials. */
  readonly startSeconds: number;
}

/** The orchestrator's own cost: trials of one iteration on one trajectory, two workers. */
export async function measureOverhead(): Promise<Overhead> {
  const [few, many] = [20, 420];
  const specification = (repeats: number): string =>
    [
      'name: bench',
      'task: spiral-node',
      'parameters: { hidden: 1, trajectories: 1, test_trajectories: 1, times: 2, epochs: 1, batch_size: 1, rtol: 0.1 }',
      `repeats: ${repeats}`,
    ].join('\n');
  const short = await runOurSweep(specification(few), SWEEP_WORKERS);
  const long = await runOurSweep(specification(many), SWEEP_WORKERS);
  const secondsPerTrial = (long.seconds - short.seconds) / (many - few);
  return {
    trials: many,
    millisecondsPerTrial: 1000 * secondsPerTrial,
    startSeconds: short.seconds - few * secondsPerTrial,
  };
}
