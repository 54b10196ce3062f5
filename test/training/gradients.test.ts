/** The gradient of a whole batch, loss and regularisers, in f32 kernels against the plain reference in f64. */
import { expect, test } from 'vitest';
import { createEngine } from '../../src/engines/index.js';
import { gatherBatch, naturalOrder } from '../../src/training/batches.js';
import { Learner } from '../../src/training/learner.js';
import { smallClassifier, smallSpiral, type SmallExperiment } from './experiments.js';

type EngineChoice = readonly ['kernels' | 'reference', 'f32' | 'f64'];

async function gradientOf({ model, initial, settings, train }: SmallExperiment, [name, dtype]: EngineChoice) {
  const engine = await createEngine(name, dtype);
  const learner = new Learner(engine, model, initial, settings);
  try {
    const batch = gatherBatch(train, naturalOrder(16));
    const result = await learner.gradient(batch, settings.weights);
    if (result.state !== 'success') throw new Error(result.outcome.advice);
    return { result, gradient: await engine.read(learner.parameters.gradient) };
  } finally {
    learner.dispose();
    engine.dispose();
  }
}

/** Largest difference, relative to the largest entry. */
function difference(actual: Float64Array, expected: Float64Array): number {
  const size = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((value, k) => Math.abs(actual[k] - value))) / size;
}

/**
 * Loose on purpose: the first step's error is some 1e-8 of the state, which f32 cannot resolve. Here growth is at
 * its limit for any such error; at a tighter tolerance the two precisions go on with different steps.
 */
const weights = { error_weight: 0.2, stiffness_weight: 0.01, rtol: 1e-2 };

const others = { taylor_weight: 0.01, local_weight: 0.1, local_sampling: 'biased' };

const cases: readonly (readonly [label: string, make: () => SmallExperiment | Promise<SmallExperiment>])[] = [
  ['spiral-node', () => smallSpiral(weights)],
  ['spiral-node with bosh3', () => smallSpiral({ ...weights, solver: 'bosh3' })],
  ['a classifier with encoder and decoder', () => smallClassifier(weights)],
  [
    'a classifier with the regularisers of the paper’s code',
    () => smallClassifier({ ...weights, regularizer: 'paper_code' }),
  ],
  ['spiral-node with R_3 and the local step', () => smallSpiral({ ...weights, ...others, taylor_order: 3 })],
  ['a classifier with R_2 and the local step', () => smallClassifier({ ...weights, ...others })],
];

test.each(cases)('%s: kernels agree with the reference, in f32 to 1e-3 and in f64 to 1e-9', async (_, make) => {
  const experiment = await make();
  const expected = await gradientOf(experiment, ['reference', 'f64']);
  for (const [dtype, tolerance] of [
    ['f32', 1e-3],
    ['f64', 1e-9],
  ] as const) {
    const { result, gradient } = await gradientOf(experiment, ['kernels', dtype]);
    // The local step's error, and so its share of the gradient, is partly rounding in f32.
    const withLocal = expected.result.localRegularizer !== null;
    expect(difference(gradient, expected.gradient)).toBeLessThan(withLocal && dtype === 'f32' ? 4e-3 : tolerance);
    expect(Math.abs(result.loss / expected.result.loss - 1)).toBeLessThan(tolerance);
    expect(Math.abs(result.errorRegularizer / expected.result.errorRegularizer - 1)).toBeLessThan(tolerance);
    expect(Math.abs(result.stiffnessRegularizer / expected.result.stiffnessRegularizer - 1)).toBeLessThan(tolerance);
    for (const name of ['taylorRegularizer', 'localRegularizer'] as const) {
      const [value, ofReference] = [result[name], expected.result[name]];
      if (ofReference === null) expect(value).toBeNull();
      // The error of a step of the automatic initial size is partly rounding in f32.
      else {
        const loose = name === 'localRegularizer' && dtype === 'f32';
        expect(Math.abs((value ?? NaN) / ofReference - 1)).toBeLessThan(loose ? 0.1 : tolerance);
      }
    }
    expect(result.statistics).toEqual(expected.result.statistics);
  }
});

test('weights change the gradient, but neither the loss nor the regularisers', async () => {
  const plain = await gradientOf(await smallSpiral(), ['kernels', 'f32']);
  for (const weight of ['error_weight', 'stiffness_weight']) {
    const weighted = await gradientOf(await smallSpiral({ [weight]: 1e-3 }), ['kernels', 'f32']);
    expect({ ...weighted.result, backwardNfe: 0 }).toEqual({ ...plain.result, backwardNfe: 0 });
    expect(weighted.gradient).not.toEqual(plain.gradient);
  }
});
