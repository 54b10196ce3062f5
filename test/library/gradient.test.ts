import { describe, expect, it } from 'vitest';
import {
  activation,
  chain,
  concatTime,
  dense,
  gradient,
  UserError,
  type AdjointSettings,
  type GradientOptions,
} from '../../src/index.js';
import { noise } from '../engines/tensors.js';

const field = chain(2, [concatTime(), dense(5), activation('tanh'), dense(2)]);
const saveat = [0.25, 0.5, 1];
const options: GradientOptions = {
  field,
  parameters: noise(3, field.parameterCount, 1),
  y0: [
    [1, -0.5],
    [0.25, 0.75],
  ],
  t1: 1,
  saveat,
  // Σ of squares of all outputs and of the end.
  loss: ({ y1, outputs }) => ({
    loss: [y1, ...outputs].reduce((sum, state) => sum + state.reduce((s, value) => s + value * value, 0), 0),
    y1Bar: y1.map((value) => 2 * value),
    outputBars: outputs.map((state) => state.map((value) => 2 * value)),
  }),
};

async function succeed(changes: Partial<GradientOptions>) {
  const result = await gradient({ ...options, ...changes });
  if (result.state !== 'success') throw new Error(result.outcome.advice);
  return result;
}

describe('gradient', () => {
  it('is the derivative of the loss by parameters and initial states, as central differences of tight solves show', async () => {
    const tight = { rtol: 1e-12, controller: { kind: 'constant', dt: 1 / 64 } } as const;
    const { parameters, y0 } = await succeed(tight);
    const step = 1e-5;
    const lossAt = async (changes: Partial<GradientOptions>) => (await succeed({ ...tight, ...changes })).loss;
    for (const k of [0, 7, field.parameterCount - 1]) {
      const moved = (shift: number) => Array.from(options.parameters, (value, i) => (i === k ? value + shift : value));
      const difference = (await lossAt({ parameters: moved(step) })) - (await lossAt({ parameters: moved(-step) }));
      expect(parameters[k]).toBeCloseTo(difference / (2 * step), 7);
    }
    const start = (shift: number) => [
      [1, -0.5],
      [0.25 + shift, 0.75],
    ];
    const difference = (await lossAt({ y0: start(step) })) - (await lossAt({ y0: start(-step) }));
    expect(y0[2]).toBeCloseTo(difference / (2 * step), 7);
  });

  it('is the same bits for every exact adjoint, and near them for the continuous ones', async () => {
    const exact = await succeed({});
    const modes: readonly AdjointSettings[] = [{ mode: 'stages' }, { mode: 'binomial', states: 2 }];
    for (const adjoint of modes) {
      const { parameters, y0 } = await succeed({ adjoint });
      expect([parameters, y0]).toEqual([exact.parameters, exact.y0]);
    }
    for (const mode of ['backsolve', 'interpolating'] as const) {
      const { parameters } = await succeed({ adjoint: { mode, controller: 'integral', maxSteps: 1000 } });
      for (const [k, value] of parameters.entries()) expect(Math.abs(value - exact.parameters[k])).toBeLessThan(1e-4);
    }
  });

  it('carries R_E and R_S with their weights, and tells them', async () => {
    const bare = await succeed({});
    const weighted = await succeed({ errorWeight: 10, stiffnessWeight: 0.1, regularizer: 'paper_code' });
    expect([bare.errorRegularizer, bare.stiffnessRegularizer]).toEqual([null, null]);
    expect(weighted.errorRegularizer).toBeGreaterThan(0);
    expect(weighted.stiffnessRegularizer).toBeGreaterThan(0);
    expect(weighted.loss).toBe(bare.loss);
    expect(weighted.parameters).not.toEqual(bare.parameters);
  });

  it('tells how a solve stopped instead of throwing', async () => {
    const result = await gradient({ ...options, maxSteps: 1 });
    expect(result).toMatchObject({ state: 'stopped', outcome: { state: 'max_steps' } });
  });

  it.each([
    [{ parameters: [1, 2] }, /27 parameters, but 2|parameters, but 2 were given/],
    [{ y0: [[1, 2, 3]] }, /y0\[0\] has 3 entries, but the field has 2/],
    [{ y0: [] }, /at least one/],
    [{ field: chain(2, [dense(3)]), parameters: noise(1, 9, 1) }, /must be like y/],
    [{ loss: () => ({ loss: 0, y1Bar: [1] }) }, /1 entries, but states have 4/],
    [{ loss: () => ({ loss: 0, outputBars: [] as number[][], y1Bar: [0, 0, 0] }) }, /3 entries/],
    [{ loss: () => ({ loss: 0, outputBars: [[0, 0, 0, 0]] }) }, /1 outputBars for 3 times/],
    [{ solver: 'euler', controller: { kind: 'constant', dt: 0.1 }, errorWeight: 1 }, /error estimate/],
    [{ adjoint: { mode: 'backsolve', controller: 'pi', maxSteps: 10 }, errorWeight: 1 }, /carry/],
    [{ engine: 'reference', dtype: 'f32' }, /f64 only/],
  ] satisfies readonly (readonly [Partial<GradientOptions>, RegExp])[])(
    'refuses what means nothing (%#)',
    async (changes, message) => {
      await expect(gradient({ ...options, ...changes })).rejects.toThrow(UserError);
      await expect(gradient({ ...options, ...changes })).rejects.toThrow(message);
    },
  );
});
