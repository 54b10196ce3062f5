import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/random/create-random.js';
import { parseIdx } from '../../src/tasks/datasets/idx.js';
import { loadMnist } from '../../src/tasks/datasets/mnist.js';
import { simulateSpirals } from '../../src/tasks/datasets/spiral.js';
import { builtinTasks, loadTask } from '../../src/tasks/index.js';
import { chainsOf, parameterCountOf } from '../../src/models/neural-ode.js';

const stream = (purpose: string) => createRandom({ sweepSeed: 0, trialSeed: 0 }, purpose);

describe('The spiral trajectories', () => {
  const times = [0, 0.25, 0.5, 1, 1.5];
  const { inputs, targets, count } = simulateSpirals(50, times, stream('spirals'));
  const values = targets.kind === 'trajectories' ? targets.values : new Float64Array();

  it('start in the annulus 1 ≤ |u| ≤ 2 and begin at their inputs', () => {
    for (let row = 0; row < count; row += 1) {
      const radius = Math.hypot(inputs[2 * row], inputs[2 * row + 1]);
      expect(radius).toBeGreaterThanOrEqual(1);
      expect(radius).toBeLessThanOrEqual(2);
      expect([...values.subarray(2 * row, 2 * row + 2)]).toEqual([...inputs.subarray(2 * row, 2 * row + 2)]);
    }
  });

  it('lose u1⁴ + u2⁴ at the rate 0.4 (u1⁶ + u2⁶), as du/dt = A u³ says', () => {
    // Composite Simpson rule on a grid that resolves the rotation.
    const [n, h] = [100, 0.005];
    const fine = simulateSpirals(
      20,
      Array.from({ length: n + 1 }, (_, k) => k * h),
      stream('fine'),
    );
    const path = fine.targets.kind === 'trajectories' ? fine.targets.values : new Float64Array();
    for (let row = 0; row < fine.count; row += 1) {
      const power = (k: number, p: number) => {
        const at = 2 * (k * fine.count + row);
        return path[at] ** p + path[at + 1] ** p;
      };
      let integral = 0;
      for (let k = 0; k <= n; k += 1) integral += (k === 0 || k === n ? 1 : k % 2 === 1 ? 4 : 2) * power(k, 6);
      const loss = 0.4 * (h / 3) * integral;
      expect(Math.abs(power(0, 4) - power(n, 4) - loss)).toBeLessThan(1e-5 * loss);
    }
  });

  it('are the same for the same stream and others for another', () => {
    expect(simulateSpirals(50, times, stream('spirals')).inputs).toEqual(inputs);
    expect(simulateSpirals(50, times, stream('others')).inputs).not.toEqual(inputs);
  });
});

describe('MNIST', () => {
  it('has 60,000 and 10,000 real digits in all ten classes', async () => {
    for (const [part, size] of [['train', 60_000] as const, ['t10k', 10_000] as const]) {
      const { inputs, targets, count, inputScale } = await loadMnist(part, size);
      expect([count, inputs.length, inputScale]).toEqual([size, size * 784, 1 / 255]);
      if (targets.kind !== 'classes') throw new Error('MNIST is a classification.');
      const counts = new Array<number>(10).fill(0);
      for (const label of targets.labels) counts[label] += 1;
      expect(Math.min(...counts)).toBeGreaterThan(0.08 * size);
    }
  });

  it('starts with the test digits 7 2 1 0 4', async () => {
    const { targets } = await loadMnist('t10k', 5);
    expect(targets.kind === 'classes' && [...targets.labels]).toEqual([7, 2, 1, 0, 4]);
  });

  it('says how many digits there are when more are asked for', async () => {
    await expect(loadMnist('t10k', 10_001)).rejects.toThrow('10000 digits; 10001 were asked for');
  });
});

describe('An IDX file', () => {
  const valid = Uint8Array.from([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6]);

  it('is read with its sizes', () => {
    expect(parseIdx(valid)).toEqual({ sizes: [2, 3], values: Uint8Array.from([1, 2, 3, 4, 5, 6]) });
  });

  it.each([
    ['an empty file', new Uint8Array()],
    ['another format', Uint8Array.from([0x50, 0x4b, 3, 4, 0, 0, 0, 0])],
    ['a cut header', valid.subarray(0, 10)],
  ])('is refused if it is %s', (_, bytes) => {
    expect(() => parseIdx(bytes)).toThrow('Not an IDX file');
  });

  it('is refused if values are missing', () => {
    expect(() => parseIdx(valid.subarray(0, 16))).toThrow('should hold 6 values after its header, but holds 4');
  });
});

describe('The tasks', () => {
  it('have defaults and descriptions for every parameter', () => {
    for (const { parameters } of builtinTasks) {
      expect(() => parameters.parse({})).not.toThrow();
      for (const schema of Object.values(parameters.shape)) expect(schema.description).toMatch(/\w{3}/);
    }
  });

  it('mnist-node is the model of the paper: 166,418 parameters', async () => {
    const task = await loadTask('mnist-node');
    const { model } = await task.create({ random: stream }, task.parameters.parse({}));
    expect(parameterCountOf(model)).toBe(166_418);
    expect(chainsOf(model)).toHaveLength(2);
  });

  it('that do not exist are refused with those that do', async () => {
    await expect(loadTask('mnist')).rejects.toMatchObject({
      code: 'usage',
      message: 'There is no task "mnist".',
      hint: expect.stringContaining('spiral-node, mnist-node') as string,
    });
  });
});
