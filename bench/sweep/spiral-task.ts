/**
 * The problem spiral-node-b64 as a task of `sweep`: one epoch of 100 batches. The training set is the problem's 64
 * trajectories a hundred times over, so a batch is 64 of them drawn at random; the test set is the first, since the peers
 * measure nothing beside their iterations. Initial weights are the trial's own draw from the same distribution: a task
 * cannot fix them, so the work is compared by function evaluations.
 */
import { z } from 'zod';
import { withDefaults } from '../../src/tasks/parameters.js';
import { defineTask, type Dataset, type Experiment } from '../../src/tasks/task.js';
import { once } from '../figures/once.js';
import { createProblem } from '../problems/index.js';

const BATCHES = 100;

/** Made once a worker thread, as the peers' programs load the problem once a process. */
const experiment = once(async (): Promise<Experiment> => {
  const problem = await createProblem('spiral-node-b64');
  if (problem.kind !== 'ode' || problem.batch.targets.kind !== 'trajectories') throw new Error('It is an ODE.');
  const { model, rows, times } = problem;
  const { inputs, targets } = problem.batch;
  const take = (chosen: readonly number[]): Dataset => ({
    count: chosen.length,
    inputs: pick(inputs, chosen),
    inputColumns: 2,
    inputScale: 1,
    targets: {
      kind: 'trajectories',
      values: Float64Array.from(targets.values.flatMap((values) => [...pick(values, chosen)])),
      times: times.length,
      columns: 2,
    },
  });
  return { model, train: take(Array.from({ length: BATCHES * rows }, (_, k) => k % rows)), test: take([0]) };
});

export default defineTask({
  name: 'bench-spiral',
  summary: 'The benchmark problem spiral-node-b64.',
  parameters: z.strictObject(withDefaults({ epochs: 1, batch_size: 64, adjoint: 'stages' })),
  create: experiment,
});

/** Rows of two columns. */
function pick(values: Float64Array, rows: readonly number[]): Float64Array {
  return Float64Array.from(rows.flatMap((row) => [values[2 * row], values[2 * row + 1]]));
}
