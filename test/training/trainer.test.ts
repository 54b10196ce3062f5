/** Training as a trial does it: what it must lower, and what must not change a number. */
import { describe, expect, test } from 'vitest';
import { createEngine } from '../../src/engines/index.js';
import { gatherBatch, splitIntoBatches } from '../../src/training/batches.js';
import { Learner } from '../../src/training/learner.js';
import { Optimizer } from '../../src/training/optimizer.js';
import { middleDraws, trainingDraws } from '../../src/training/training-draws.js';
import { runTrial } from '../../src/training/run-trial.js';
import { train } from '../../src/training/trainer.js';
import type { EpochMetrics, ParameterValues, TrialHooks, TrialMessage, TrialResult } from '../../src/training/trial.js';
import { weightsAt } from '../../src/training/weight-schedule.js';
import { smallClassifier, smallSpiral, stream, type SmallExperiment } from './experiments.js';

const silent: TrialHooks = { tell: () => undefined, shouldStop: () => false };

async function trained(experiment: SmallExperiment) {
  const engine = await createEngine('kernels', 'f32');
  const epochs: EpochMetrics[] = [];
  try {
    const outcome = await train({
      engine,
      ...experiment,
      shuffle: stream('batches'),
      draws: trainingDraws(stream),
      hooks: {
        ...silent,
        tell: (message) => {
          if (message.kind === 'epoch') epochs.push(message.metrics);
        },
      },
    });
    if (outcome.state !== 'completed') throw new Error(`Training ended as ${outcome.state}.`);
    return { ...outcome, epochs };
  } finally {
    engine.dispose();
  }
}

/** The same loop without warm-up, measurements or messages. */
async function trainedBare({ model, initial, settings, train: data }: SmallExperiment): Promise<Float64Array> {
  const engine = await createEngine('kernels', 'f32');
  const learner = new Learner(engine, model, initial, settings);
  const optimizer = new Optimizer(engine, learner.parameters, settings.optimizer);
  const shuffle = stream('batches');
  const draws = trainingDraws(stream);
  for (let epoch = 0; epoch < settings.epochs; epoch += 1) {
    for (const indices of splitIntoBatches(shuffle.permutation(data.count), settings.batchSize)) {
      await learner.gradient(gatherBatch(data, indices), weightsAt(settings.weights, epoch), draws);
      optimizer.step();
    }
  }
  const parameters = await engine.readParameters(learner.parameters);
  engine.dispose();
  return parameters;
}

test('warm-up, tests and messages change no bit of what is trained', async () => {
  const given = { epochs: 3, batch_size: 8, error_weight: 0.1, weight_schedule: 'exponential' };
  const drawing = { ...given, steer_width: 0.3, taylor_weight: 1e-4, local_weight: 0.1, local_sampling: 'biased' };
  for (const experiment of [await smallSpiral(given), smallClassifier(given), smallClassifier(drawing)]) {
    expect((await trained(experiment)).model?.parameters).toEqual(await trainedBare(experiment));
  }
});

test('a trial whose engine is auto trains on the engine for its work, and tells which and why', async () => {
  const small = { trajectories: 4, test_trajectories: 2, times: 3, epochs: 1 };
  const told = async (engine: string) => {
    const messages: TrialMessage[] = [];
    const hooks = { ...silent, tell: (message: TrialMessage) => messages.push(message) };
    const outcome = await runTrial({ task: 'spiral-node', parameters: { ...small, engine }, sweepSeed: 0 }, hooks);
    if (outcome.state !== 'completed') throw new Error(`The trial ended as ${outcome.state}.`);
    const message = messages.find(({ kind }) => kind === 'environment');
    if (message?.kind !== 'environment') throw new Error('The trial did not tell where it ran.');
    return { environment: message.environment, parameters: outcome.model?.parameters };
  };
  const [auto, kernels] = [await told('auto'), await told('kernels')];
  expect(auto.environment).toMatchObject({ engine: 'kernels' });
  expect(auto.environment.choices?.engine).toMatch(/^kernels; predicted for a stage of 4 rows in f32: kernels /);
  expect(kernels.environment.choices).toBeNull();
  expect(auto.parameters).toEqual(kernels.parameters);
});

test('what one regulariser draws changes nothing that another draws', async () => {
  const parametersOf = async (given: ParameterValues) => {
    const parameters = { trajectories: 16, test_trajectories: 4, times: 6, epochs: 2, ...given };
    const outcome = await runTrial({ task: 'spiral-node', parameters, sweepSeed: 0 }, silent);
    if (outcome.state !== 'completed') throw new Error(`The trial ended as ${outcome.state}.`);
    return outcome.model?.parameters;
  };
  // So small a weight that its gradient is lost in rounding, but its draws are made.
  const negligible = { local_weight: 1e-300 };
  const [plain, steered] = [await parametersOf({}), await parametersOf({ steer_width: 0.1 })];
  expect(steered).not.toEqual(plain);
  expect(await parametersOf(negligible)).toEqual(plain);
  expect(await parametersOf({ ...negligible, steer_width: 0.1 })).toEqual(steered);
});

test('training lowers the loss on training and test data', async () => {
  for (const experiment of [await smallSpiral({ epochs: 30 }), smallClassifier({ epochs: 30 })]) {
    const { epochs, result } = await trained(experiment);
    expect(epochs.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
    expect(result.trainLoss).toBeLessThan(0.6 * (epochs[0].trainLoss ?? NaN));
    expect(result.loss).toBeLessThan(epochs[0].testLoss ?? NaN);
    expect(result).toMatchObject({ nfe: epochs[29].nfe, loss: epochs[29].testLoss, epochs: 30 });
  }
});

test('a raised stop flag ends a trial as interrupted', async () => {
  const engine = await createEngine('kernels', 'f32');
  const experiment = await smallSpiral();
  const hooks = { ...silent, shouldStop: () => true };
  expect(await train({ engine, ...experiment, shuffle: stream('batches'), draws: middleDraws, hooks })).toEqual({
    state: 'interrupted',
  });
  engine.dispose();
});

describe('the error regulariser on the spiral, at a tight tolerance', () => {
  async function resultOf(parameters: ParameterValues): Promise<TrialResult> {
    const few = { epochs: 60, trajectories: 64, test_trajectories: 32 };
    const given = { ...few, rtol: 1e-5, learning_rate_decay: 0.01, ...parameters };
    const outcome = await runTrial({ task: 'spiral-node', parameters: given, sweepSeed: 0 }, silent);
    if (outcome.state !== 'completed') throw new Error(`The trial ended as ${outcome.state}.`);
    return outcome.result;
  }

  test.each([0, 1, 2])('a small weight lowers the NFE of predictions that still fit (seed %i)', async (seed) => {
    const plain = await resultOf({ seed });
    const regularised = await resultOf({ seed, error_weight: 0.1 });
    expect(regularised.nfe).toBeLessThan(0.95 * (plain.nfe ?? NaN));
    // An untrained field has a loss of about 2.
    for (const { loss } of [plain, regularised]) expect(loss).toBeLessThan(0.2);
  });
});
