/** Training iterations with STEER, Taylor and local regularisation: their losses and gradients. */
import { describe, expect, it } from 'vitest';
import { createEngine } from '../../src/engines/index.js';
import { KernelsEngine } from '../../src/engines/kernels/engine.js';
import { activation, chain, concatTime, dense } from '../../src/models/chain.js';
import type { NeuralOde } from '../../src/models/neural-ode.js';
import { spiralNode } from '../../src/tasks/spiral-node.js';
import { Learner } from '../../src/training/learner.js';
import { middleDraws } from '../../src/training/training-draws.js';
import { trainingSettings } from '../../src/training/settings.js';
import { derivative, dot, numbers } from '../regularizers/nets.js';
import { iterate, problem, smallClassifier, smallSpiral, type Problem, type SmallExperiment } from './experiments.js';

type Given = Readonly<Record<string, number | string>>;

function constantSteps(given: Problem): Problem {
  const { settings } = given;
  if (settings.method.kind !== 'explicit') throw new Error('Implicit steps are constant.');
  return {
    ...given,
    settings: { ...settings, method: { ...settings.method, controller: { kind: 'constant', dt: 0.17 } } },
  };
}

const everything = { error_weight: 0.3, stiffness_weight: 0.05, taylor_weight: 0.2 };

describe('On steps of one size the gradient of the whole loss is its derivative', () => {
  const spiral = { times: 4, trajectories: 8, hidden: 6 };
  it.each<readonly [string, () => Promise<SmallExperiment> | SmallExperiment]>([
    ['of a spiral with R_2', () => smallSpiral({ ...spiral, taylor_weight: 0.2 })],
    ['of a spiral with R_3, R_E and R_S', () => smallSpiral({ ...spiral, ...everything, taylor_order: 3 })],
    [
      'of a spiral with STEER and R_4',
      () => smallSpiral({ ...spiral, ...everything, taylor_order: 4, steer_width: 0.2 }),
    ],
    ['of a spiral with STEER', () => smallSpiral({ ...spiral, steer_width: 0.2 })],
    ['of a classifier with R_2', () => smallClassifier({ taylor_weight: 0.2 })],
    [
      'of a classifier with STEER, R_3, R_E and R_S',
      () => smallClassifier({ ...everything, taylor_order: 3, steer_width: 0.5 }),
    ],
    [
      'of a classifier with bosh3 as in the code of the paper',
      () => smallClassifier({ ...everything, solver: 'bosh3', regularizer: 'paper_code' }),
    ],
  ])('%s', async (_, make) => {
    const given = constantSteps(problem(await make()));
    const { weights } = given.settings;
    const draws = { ...middleDraws, steer: () => 0.9, local: () => 0.3 };
    const direction = numbers(given.initial.length, 31);
    const { gradient } = await iterate(given, { draws });
    const along = async (shift: number) => {
      const at = given.initial.map((value, k) => value + shift * direction[k]);
      const { result } = await iterate(given, { draws, at });
      const { loss, errorRegularizer, stiffnessRegularizer, taylorRegularizer } = result;
      const ofSteps = weights.error * errorRegularizer + weights.stiffness * stiffnessRegularizer;
      return loss + ofSteps + weights.taylor * (taylorRegularizer ?? 0);
    };
    const error = Math.abs(dot(gradient, direction) - (await derivative(along, 2e-5)));
    expect(error).toBeLessThan(1e-9 * Math.hypot(...gradient));
  });
});

describe('The Taylor regulariser in training', () => {
  const given = spiralNode.parameters.parse({ taylor_weight: 1, taylor_order: 2, rtol: 1e-9, atol: 1e-9 });
  const linear: Problem = {
    model: { encode: null, field: chain(1, [dense(1)]), decode: null, t0: 0, t1: 1, saveat: [0.5, 1] },
    initial: Float64Array.of(-1.5, 0),
    settings: trainingSettings(given),
    batch: {
      rows: 2,
      inputs: Float64Array.of(2, -1),
      targets: { kind: 'trajectories', values: [new Float64Array(2), new Float64Array(2)] },
    },
  };

  it('is the integral over the interval, mean over the batch: of z′ = az, a⁴ z0² (e²ᵃ − 1) / 2a', async () => {
    const { result } = await iterate(linear);
    const a = -1.5;
    const expected = (a ** 4 * ((4 + 1) / 2) * (Math.exp(2 * a) - 1)) / (2 * a);
    expect((result.taylorRegularizer ?? NaN) / expected).toBeCloseTo(1, 8);
  });

  it('leaves the loss and the predictions as they are, but counts r in the step size', async () => {
    const tight = { rtol: 1e-6 };
    const plain = await iterate(problem(smallClassifier(tight)));
    const weighted = await iterate(problem(smallClassifier({ ...tight, taylor_weight: 1, taylor_order: 4 })));
    expect(weighted.prediction).toEqual(plain.prediction);
    expect(weighted.result.loss / plain.result.loss).toBeCloseTo(1, 5);
    expect(weighted.result.statistics).not.toEqual(plain.result.statistics);
  });
});

describe('STEER in training', () => {
  const given: Given = { steer_width: 0.4 };
  const model: NeuralOde = {
    encode: null,
    field: chain(2, [concatTime(), dense(3), activation('tanh'), dense(2)]),
    decode: null,
    t0: 0,
    t1: 1,
    saveat: null,
  };
  const setUp = (parameters: Given): Problem => ({
    model,
    initial: numbers(20, 3),
    settings: trainingSettings(spiralNode.parameters.parse({ rtol: 1e-8, ...parameters })),
    batch: {
      rows: 1,
      inputs: Float64Array.of(1, -1),
      targets: { kind: 'trajectories', values: [Float64Array.of(0.2, 0.3)] },
    },
  });

  it('ends where the draw says, and predicts at t1', async () => {
    for (const [uniform, t1] of [
      [0, 0.6],
      [0.75, 1.2],
    ]) {
      const steered = await iterate(setUp(given), { draws: { ...middleDraws, steer: () => uniform } });
      const there = { ...setUp({}), model: { ...model, t1 } };
      expect(steered.result).toEqual((await iterate(there)).result);
      expect(steered.prediction).toEqual((await iterate(setUp({}))).prediction);
    }
  });

  it('from the middle of the range is training without it, to the last bit', async () => {
    for (const make of [smallSpiral, smallClassifier]) {
      const [plain, steered] = [await iterate(problem(await make())), await iterate(problem(await make(given)))];
      expect(steered).toEqual(plain);
    }
  });

  it('refuses a width of the interval or more', async () => {
    await expect(iterate(setUp({ steer_width: 1 }))).rejects.toThrow('steer_width must be less than t1 − t0 = 1');
  });
});

describe('Local regularisation in training', () => {
  const local = (sampling: string, weight = 1) => ({ local_weight: weight, local_sampling: sampling, rtol: 1e-5 });

  it.each(['unbiased', 'biased'])('changes neither loss nor steps, and adds its gradient (%s)', async (sampling) => {
    for (const make of [smallSpiral, smallClassifier]) {
      const plain = await iterate(problem(await make({ rtol: 1e-5 })));
      const [once, twice] = await Promise.all(
        [1, 2].map(async (weight) => iterate(problem(await make(local(sampling, weight))))),
      );
      for (const { result, prediction } of [once, twice]) {
        expect(prediction).toEqual(plain.prediction);
        expect(result.loss).toBe(plain.result.loss);
        expect(result.statistics).toEqual(plain.result.statistics);
        // Two calls of f before the step, then six and six back.
        expect(result.backwardNfe).toBe(plain.result.backwardNfe + 14);
        expect(result.localRegularizer).toBe(once.result.localRegularizer);
      }
      const size = Math.hypot(...once.gradient.map((value, k) => value - plain.gradient[k]));
      expect(size).toBeGreaterThan(0);
      plain.gradient.forEach((value, k) => {
        const [first, second] = [once.gradient[k] - value, twice.gradient[k] - once.gradient[k]];
        expect(Math.abs(second - first)).toBeLessThan(1e-9 * size + 1e-15);
      });
    }
  });

  it('from t0 is the solver’s own first step, whichever way it was drawn', async () => {
    for (const sampling of ['unbiased', 'biased']) {
      const given = problem(smallClassifier(local(sampling)));
      const short = { ...given, model: { ...given.model, t1: 0.02 } };
      const { result } = await iterate(short, { draws: { ...middleDraws, local: () => 0 } });
      expect(result.statistics).toMatchObject({ accepted: 1, rejected: 0 });
      expect(result.localRegularizer).toBe(result.errorRegularizer);
    }
  });

  it('from elsewhere is another step, which depends on where', async () => {
    for (const sampling of ['unbiased', 'biased']) {
      const at = async (uniform: number) => {
        const draws = { ...middleDraws, local: () => uniform };
        return (await iterate(problem(await smallSpiral(local(sampling))), { draws })).result.localRegularizer;
      };
      expect(new Set([await at(0), await at(0.5), await at(0.99)]).size).toBe(3);
    }
  });
});

it('A learner gives all its memory back, whatever it trained with', async () => {
  const engine = await createEngine('kernels', 'f32');
  if (!(engine instanceof KernelsEngine)) throw new Error('It is.');
  const given = { ...everything, steer_width: 0.3, local_weight: 1, taylor_order: 4 };
  const { model, initial, settings, batch } = problem(smallClassifier(given));
  const sizes: number[] = [];
  for (let n = 0; n < 40; n += 1) {
    const learner = new Learner(engine, model, initial, settings);
    await learner.gradient(batch, settings.weights);
    await learner.predict(batch);
    learner.dispose();
    sizes.push(engine.memoryBytes);
  }
  expect(sizes[39]).toBe(sizes[3]);
});
