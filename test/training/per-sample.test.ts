/** Training with a step sequence for each row of a batch. */
import { describe, expect, it } from 'vitest';
import { gatherBatch } from '../../src/training/batches.js';
import { runTrial } from '../../src/training/run-trial.js';
import type { EpochMetrics, TrialMessage } from '../../src/training/trial.js';
import { trainingDraws } from '../../src/training/training-draws.js';
import { derivative, dot, numbers } from '../regularizers/nets.js';
import { iterate, problem, smallClassifier, smallSpiral, stream, type SmallExperiment } from './experiments.js';

type Given = Readonly<Record<string, number | string>>;

const regularised = { error_weight: 0.3, stiffness_weight: 0.05, taylor_weight: 0.2 };
const perSample = { ...regularised, stepping: 'per_sample' };

const makes: readonly (readonly [string, (given: Given) => SmallExperiment | Promise<SmallExperiment>])[] = [
  ['a spiral', (given) => smallSpiral(given)],
  ['a classifier', (given) => smallClassifier(given)],
];

describe.each(makes)('Per-sample stepping in training on %s', (_, make) => {
  it('has the means over the rows, each alone: loss, regularisers, NFE and gradient', async () => {
    const rows = [0, 1, 2, 3, 4];
    const experiment = await make({ ...perSample, rtol: 1e-7 });
    const of = (indices: readonly number[]) => {
      const batch = gatherBatch(experiment.train, Uint32Array.from(indices));
      return iterate({ ...experiment, batch }, { draws: trainingDraws(stream) });
    };
    const whole = await of(rows);
    const single = await Promise.all(rows.map((row) => of([row])));
    const near = (actual: number | null, each: readonly (number | null)[]) => {
      const mean = each.reduce<number>((sum, value) => sum + (value ?? NaN), 0) / rows.length;
      expect(Math.abs((actual ?? NaN) / mean - 1)).toBeLessThan(1e-12);
    };
    for (const name of ['loss', 'errorRegularizer', 'stiffnessRegularizer', 'taylorRegularizer', 'meanStep'] as const) {
      near(
        whole.result[name],
        single.map(({ result }) => result[name]),
      );
    }
    near(
      whole.result.statistics.nfe,
      single.map(({ result }) => result.statistics.nfe),
    );
    near(
      whole.result.backwardNfe,
      single.map(({ result }) => result.backwardNfe),
    );
    near(
      whole.prediction.statistics.nfe,
      single.map(({ prediction }) => prediction.statistics.nfe),
    );
    expect(new Set(single.map(({ result }) => result.statistics.nfe)).size).toBeGreaterThan(1);
    // E and S are small differences of large numbers: their slopes multiply the rounding of the factor 1/5.
    const size = Math.hypot(...whole.gradient);
    whole.gradient.forEach((value, k) => {
      const mean = single.reduce((sum, { gradient }) => sum + gradient[k], 0) / rows.length;
      expect(Math.abs(value - mean)).toBeLessThan(1e-11 * size);
    });
  });

  it('is joint stepping where a batch has one row, bit for bit', async () => {
    // Its adjoint works as per-sample stepping's does: from the states of the steps.
    const joint = await iterate(problem(await make({ ...regularised, adjoint: 'checkpoint' }), 1));
    expect(await iterate(problem(await make(perSample), 1))).toEqual(joint);
    const [together, apart] = [problem(await make(regularised)), problem(await make(perSample))];
    expect((await iterate(apart)).gradient).not.toEqual((await iterate(together)).gradient);
  });

  it('has the derivative of the whole loss as gradient on steps of one size', async () => {
    const given = problem(await make({ ...perSample, controller: 'constant', dt: 0.17, steer_width: 0.2 }), 4);
    const { weights } = given.settings;
    const direction = numbers(given.initial.length, 31);
    const { gradient } = await iterate(given);
    const along = async (shift: number) => {
      const at = given.initial.map((value, k) => value + shift * direction[k]);
      const { loss, errorRegularizer, stiffnessRegularizer, taylorRegularizer } = (await iterate(given, { at })).result;
      const ofSteps = weights.error * errorRegularizer + weights.stiffness * stiffnessRegularizer;
      return loss + ofSteps + weights.taylor * (taylorRegularizer ?? 0);
    };
    const error = Math.abs(dot(gradient, direction) - (await derivative(along, 2e-5)));
    expect(error).toBeLessThan(1e-9 * Math.hypot(...gradient));
  });
});

it('The NFE of a trial are means over its rows, however they are split into batches', async () => {
  const of = async (batchSize: number) => {
    // Parameters that stay where they are: every split measures the same model.
    const still = { learning_rate: 1e-30, epochs: 1, rtol: 1e-6, stepping: 'per_sample' };
    const parameters = { ...still, trajectories: 7, test_trajectories: 5, batch_size: batchSize };
    const epochs: EpochMetrics[] = [];
    const tell = (message: TrialMessage): void => {
      if (message.kind === 'epoch') epochs.push(message.metrics);
    };
    await runTrial({ task: 'spiral-node', parameters, sweepSeed: 0 }, { tell, shouldStop: () => false });
    const [{ nfe, trainNfe, accepted, meanStep }] = epochs;
    return [nfe, trainNfe, accepted, meanStep].map((figure) => figure ?? NaN);
  };
  const whole = await of(8);
  expect(whole[0] * 5).toBeCloseTo(Math.round(whole[0] * 5), 9);
  for (const batchSize of [1, 3, 4]) {
    (await of(batchSize)).forEach((value, k) => expect(value / whole[k]).toBeCloseTo(1, 10));
  }
});
