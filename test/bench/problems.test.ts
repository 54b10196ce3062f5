import { describe, expect, it } from 'vitest';
import { momentLoss } from '../../bench/ours/moment-loss.js';
import { MersenneTwister } from '../../bench/problems/mersenne-twister.js';
import { createProblem, problemNames } from '../../bench/problems/index.js';

describe("numpy's RandomState(seed).random_sample()", () => {
  it('is reproduced to the last bit, also after the state was renewed', () => {
    const random = new MersenneTwister(20211105);
    const numbers = Array.from({ length: 1001 }, () => random.sample());
    expect(numbers.slice(0, 4)).toEqual([
      0.7144272716654296, 0.3453322154720109, 0.43630448795652854, 0.23000753691821574,
    ]);
    expect(numbers[1000]).toBe(0.7593304942091831);
    const one = new MersenneTwister(1);
    const first = one.sample();
    for (let k = 0; k < 1998; k += 1) one.sample();
    expect([first, one.sample()]).toEqual([0.417022004702574, 0.9467282696079524]);
  });
});

describe('A benchmark problem', () => {
  it.each(problemNames)(
    '%s has one weight and bias for each place of its chains, all of them f32 values',
    async (name) => {
      const problem = await createProblem(name);
      const chains =
        problem.kind === 'ode'
          ? [problem.model.encode, problem.model.field, problem.model.decode]
          : [problem.encode, problem.drift, problem.diffusion, problem.decode];
      const places = chains.reduce((sum, chain) => sum + (chain?.parameterCount ?? 0), 0);
      expect(problem.initial.length).toBe(places);
      expect(problem.initial.every((value) => Math.fround(value) === value)).toBe(true);
      const shapes = problem.layers.reduce((sum, { inputs, outputs }) => sum + (inputs + 1) * outputs, 0);
      expect(shapes).toBe(places);
    },
  );

  it('draws its weights and inputs as numpy does', async () => {
    // Sums of the f32 weights in f64 in the order drawn, and the last input drawn, from RandomState itself.
    const drawn = [
      ['spiral-node-b64', 3.8775159619399346, 1.1948189],
      ['mnist-node-1e-3', 18.359035386458416, 0.24852404],
      ['latent-ode', 15.574122532122601, 0.8071263],
      ['mnist-nsde-fixed', 14.533304999080315, 0.24852404],
    ] as const;
    for (const [name, weights, lastInput] of drawn) {
      const problem = await createProblem(name);
      const inputs = problem.kind === 'ode' ? problem.batch.inputs : problem.inputs;
      expect([name, problem.initial.reduce((sum, value) => sum + value, 0)]).toEqual([name, weights]);
      expect([name, inputs[inputs.length - 1]]).toEqual([name, Math.fround(lastInput)]);
    }
  });

  it('has labels drawn after the pixels', async () => {
    const problem = await createProblem('mnist-node-1e-5');
    if (problem.kind !== 'ode' || problem.batch.targets.kind !== 'classes') throw new Error('It is a classification.');
    const { labels } = problem.batch.targets;
    expect([...labels.subarray(0, 5), ...labels.subarray(509)]).toEqual([7, 6, 0, 8, 3, 2, 6, 7]);
  });
});

describe('The loss of the spiral SDE', () => {
  it('has the slopes that differences show', () => {
    const outputs = [Float64Array.of(1, 2, 0.5, -1, 0.25, 3), Float64Array.of(-1, 0, 2, 1, 1, -0.5)];
    const targets = {
      kind: 'moments',
      mean: Float64Array.of(0.1, 1, -1, 0.3),
      variance: Float64Array.of(1, 0.2, 3, 0.5),
    } as const;
    const { bars } = momentLoss(outputs, targets);
    outputs.forEach((values, k) => {
      for (let at = 0; at < values.length; at += 1) {
        const at1e6 = (sign: number) => {
          const moved = outputs.map((output) => output.slice());
          moved[k][at] += sign * 1e-6;
          return momentLoss(moved, targets).loss;
        };
        expect(bars[k][at]).toBeCloseTo((at1e6(1) - at1e6(-1)) / 2e-6, 8);
      }
    });
  });
});
