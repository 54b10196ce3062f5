/** From the parameters of a sweep file to the regularisers that training uses. */
import { expect, test } from 'vitest';
import { createEngine } from '../../src/engines/index.js';
import type { AcceptedStep } from '../../src/ode/grid.js';
import { tableaux } from '../../src/ode/tableaux/index.js';
import { spiralNode } from '../../src/tasks/spiral-node.js';
import { gatherBatch, naturalOrder } from '../../src/training/batches.js';
import { Learner } from '../../src/training/learner.js';
import { stepSettings } from '../../src/training/regularizer-settings.js';
import { requireEstimates } from '../../src/training/method-settings.js';
import { trainingSettings } from '../../src/training/settings.js';
import { smallSpiral } from './experiments.js';

type Given = Readonly<Record<string, number | string | boolean>>;

const settingsOf = (given: Given) => trainingSettings(spiralNode.parameters.parse(given));

const grid: readonly AcceptedStep[] = [
  [0.25, 0.5, 3],
  [0.5, 0.1, 7],
  [-0.25, 0.9, 2],
].map(([h, error, value]) => ({
  t: 0,
  h,
  error,
  stiffness: { norm: 'rms', value, stageDifference: value, stateDifference: 1 },
}));

test('the default is the text of the paper, and its code is another name', () => {
  expect(settingsOf({}).regularizers.error.evaluate(grid).value).toBeCloseTo(0.4, 14);
  expect(settingsOf({ regularizer: 'paper_code' }).regularizers.error.evaluate(grid).value).toBeCloseTo(0.1, 14);
});

test.each<readonly [Given, number, number]>([
  [{ error_square: true, error_by_step: false }, 0.25 + 0.01 + 0.81, 3 * 0.25 + 7 * 0.5 + 2 * 0.25],
  [{ error_aggregate: 'mean' }, 0.4 / 3, 4.75],
  [{ error_aggregate: 'max', error_by_step: false, stiffness_aggregate: 'mean' }, 0.9, 4.75 / 3],
  [{ stiffness_by_step: false, stiffness_by_stability: true }, 0.4, 12 / 3.5068],
  [{ stiffness_by_step: false, stiffness_square: true, solver: 'dopri5_classic' }, 0.4, 9 + 49 + 4],
  [{ regularizer: 'paper_code', stiffness_by_stability: false }, 0.1, 7],
  [{ regularizer: 'paper_code', error_by_step: false, stiffness_aggregate: 'sum' }, 2.5 / 4, 13 / 3.5068],
])('%o overrides single settings of the preset', (given, error, stiffness) => {
  const { regularizers } = settingsOf(given);
  expect(regularizers.error.evaluate(grid).value).toBeCloseTo(error, 13);
  expect(regularizers.stiffness.evaluate(grid).value).toBeCloseTo(stiffness, 13);
});

test('what a parameter leaves to the preset is the preset’s', () => {
  for (const regularizer of ['paper_text', 'paper_code'] as const) {
    const preset = stepSettings(spiralNode.parameters.parse({ regularizer }));
    const { aggregate, weightByStep, square } = preset.error;
    const same = { error_aggregate: aggregate, error_by_step: weightByStep, error_square: square };
    expect(stepSettings(spiralNode.parameters.parse({ regularizer, ...same }))).toEqual(preset);
  }
});

test('SR+ER of the paper is its code with weights 10 and 1: 10 (E·h + 0.1 S / 3.5068)', () => {
  const { regularizers, weights } = settingsOf({ regularizer: 'paper_code', error_weight: 10, stiffness_weight: 1 });
  const [error, stiffness] = [regularizers.error, regularizers.stiffness].map(
    (regularizer) => regularizer.evaluate(grid).value,
  );
  expect(weights.error * error + weights.stiffness * stiffness).toBeCloseTo(10 * (0.4 / 4 + (0.1 * 7) / 3.5068), 13);
});

test('stiffness is measured in the norm asked for: the largest entry is at least the RMS', async () => {
  const engine = await createEngine('reference', 'f64');
  const measure = async (given: Readonly<Record<string, string>>) => {
    const { model, initial, settings, train } = await smallSpiral({ stiffness_aggregate: 'max', ...given });
    const learner = new Learner(engine, model, initial, settings);
    const result = await learner.gradient(gatherBatch(train, naturalOrder(8)), settings.weights);
    if (result.state !== 'success') throw new Error(result.outcome.advice);
    return result.stiffnessRegularizer;
  };
  const [rms, max] = [await measure({}), await measure({ stiffness_norm: 'max' })];
  expect(max).toBeGreaterThan(1.05 * rms);
});

test('a weight on what the solver cannot estimate is refused', () => {
  const { tsit5 } = tableaux;
  const weights = { error_weight: 1, stiffness_weight: 1, local_weight: 0 };
  expect(() => requireEstimates(weights, tsit5)).not.toThrow();
  expect(() => requireEstimates(weights, { ...tsit5, errorWeights: null })).toThrow('error_weight must be 0');
  const local = { error_weight: 0, stiffness_weight: 0, local_weight: 1 };
  expect(() => requireEstimates(local, { ...tsit5, errorWeights: null })).toThrow('local_weight must be 0');
  expect(() => requireEstimates(weights, { ...tsit5, b: [1] })).toThrow('stiffness_weight must be 0');
  expect(() => requireEstimates({ ...weights, stiffness_weight: 0 }, { ...tsit5, b: [1] })).not.toThrow();
});
