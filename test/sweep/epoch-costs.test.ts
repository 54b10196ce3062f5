import { expect, it } from 'vitest';
import { epochOf } from '../../src/programs/told-figures.js';
import { epochCosts } from '../../src/sweep/coordinator/epoch-costs.js';
import { objectiveValue } from '../../src/sweep/monitor/monitor-objectives.js';
import { freeTask } from '../../src/sweep/plan/free-task.js';
import type { HistoryEntry } from '../../src/sweep/plan/plan-growth.js';
import { planSweep } from '../../src/sweep/plan/plan.js';
import type { TrialResult } from '../../src/training/trial.js';
import { read } from './specification/read.js';

const unmeasured = { accuracy: null, nfe: null, trainLoss: null, predictSeconds: null };

it('an epoch costs what its program measured by its own names, and nothing is known of what it did not tell', () => {
  const metrics = epochOf(2, { loss: 0.5, joules: 7, bleu: 30 });
  const objectives = [
    { name: 'joules', goal: 'minimize' },
    { name: 'bleu', goal: 'maximize' },
    { name: 'wer', goal: 'minimize' },
    { name: 'train_seconds', goal: 'minimize' },
  ] as const;
  expect(epochCosts(objectives, metrics, 12)).toEqual([7, -30, NaN, 12]);
});

it.each(['nsga2', 'tpe'])('%s learns from objectives that a program names itself', (method) => {
  const specification = read(
    `command: [train, "{x}"]\nmethod: ${method}\nrun_cap: 60\ngeneration_size: 10\nobjectives: [joules, { name: bleu, goal: maximize }]\n` +
      'parameters:\n  x: { min: 0.0, max: 1.0 }\n',
  );
  const { cells, growth } = planSweep(specification, freeTask(specification));
  if (growth === null) throw new Error('The search does not grow.');
  const history = (resultOf: (x: number) => TrialResult | null): HistoryEntry[] =>
    cells.map((cell) => {
      const result = resultOf(Number(cell.parameters.x));
      return { cell, state: result === null ? 'failed' : 'completed', result };
    });
  const meanAfter = (resultOf: (x: number) => TrialResult | null): number => {
    const found = growth.next(history(resultOf)).map(({ parameters }) => Number(parameters.x));
    return found.reduce((sum, x) => sum + x, 0) / found.length;
  };
  const told = (joules: number, bleu: number): TrialResult => {
    const result = { ...unmeasured, loss: 0.5, trainSeconds: null, epochs: 1, metrics: { joules, bleu } };
    expect([objectiveValue(result, 'joules'), objectiveValue(result, 'bleu')]).toEqual([joules, bleu]);
    return result;
  };
  // Both are best at one end, whichever it is; were they taken for failures, the ends would be alike.
  expect(meanAfter((x) => told(1 - x, x))).toBeGreaterThan(meanAfter((x) => told(x, 1 - x)) + 0.2);
  expect(meanAfter(() => null)).not.toBe(meanAfter((x) => told(x, 1 - x)));
});
