/** Times, tolerances and states at the ends of what doubles can say. */
import { describe, expect, it } from 'vitest';
import { createEngine } from '../../src/engines/index.js';
import { functionField } from '../../src/ode/function-field.js';
import { Solver } from '../../src/ode/solver.js';
import { tableaux } from '../../src/ode/tableaux/index.js';
import { decay, engine, oscillator, plainly, solve, tensorOf, type Problem } from './problems.js';

const rest: Problem = { f: () => [0], start: [1] };

describe('Intervals', () => {
  it.each([
    [1e6, 1e6 + 1e-8],
    [1, 1 + 2 ** -52],
    [-1e6, -1e6 - 1e-8],
  ])('of a few ulp, %d to %d, tell their ends apart in the outputs', async (t0, t1) => {
    const slope = 1 / (t1 - t0);
    const { saved, end, outcome } = await solve({ f: () => [slope], start: [0] }, { t0, t1, saveat: [t0, t1] });
    expect([outcome.state, outcome.t]).toEqual(['success', t1]);
    expect(saved).toEqual([[0], end]);
    expect(end[0]).toBeCloseTo(1, 12);
  });

  it.each([
    [1.7e12, 1.7e12 + 100],
    [-8e307, 8e307],
    [0, 1e300],
  ])('from %d to %d begin with a step that changes t', async (t0, t1) => {
    const { outcome, end } = await solve(rest, { t0, t1 });
    expect([outcome.state, end]).toEqual(['success', [1]]);
  });
});

describe('Constant steps', () => {
  it('are as many as fit, however many: their times are products, not sums that drift', async () => {
    const request = { controller: { kind: 'constant', dt: 0.7 }, maxSteps: 1e6, keepStates: false } as const;
    for (const direction of [1, -1]) {
      const { grid } = await solve(rest, { ...request, t1: direction * 0.7 * 10_000 }, tableaux.euler);
      expect(grid.steps).toHaveLength(10_000);
      expect(grid.steps.map(({ t }) => t)).toEqual(grid.steps.map((_, n) => 0 + direction * n * 0.7));
    }
  });
});

describe('What is not finite', () => {
  it('at the start is told at once, also where the first step is given', async () => {
    const { outcome, statistics } = await solve({ ...decay, start: [NaN] }, { firstStep: 0.1 });
    expect([outcome.state, statistics.nfe]).toEqual(['non_finite', 1]);
  });

  it('is no lack of steps', async () => {
    const { outcome } = await solve({ f: (t) => [t === 0 ? 1 : NaN], start: [1] }, { firstStep: 0.1, maxSteps: 5 });
    expect(outcome).toMatchObject({ state: 'non_finite', t: 0 });
  });
});

describe('A relative tolerance alone', () => {
  it('serves states that are 0 and stay so', async () => {
    const f: Problem['f'] = (_, y) => y.map((value) => -value);
    const alone = await solve(decay, { atol: 0 });
    for (const start of [[0], [1, 0], [0, 1, 0]]) {
      const { outcome, end } = await solve({ f, start }, { atol: 0 });
      expect(outcome.state).toBe('success');
      expect(end).toEqual(start.map((value) => (value === 0 ? 0 : (expect.closeTo(alone.end[0], 6) as number))));
    }
  });
});

describe('A tolerance below what f32 resolves', () => {
  it('ends with advice about the dtype, not to raise maxSteps', async () => {
    const kernels = await createEngine('kernels', 'f32');
    const field = functionField(kernels, { f: oscillator.f });
    const y0 = kernels.allocate(1, 2);
    kernels.write(y0, [1, 0]);
    const solver = new Solver({ engine: kernels, field, tableau: tableaux.tsit5, rows: 1, columns: 2 });
    const { outcome } = await solver.solve({ ...plainly, y0, rtol: 1e-14, atol: 1e-14, maxSteps: 500 });
    expect(outcome.state).toBe('max_steps');
    expect(outcome.advice).toContain('below what the dtype can resolve');
    const { outcome: coarse } = await solver.solve({ ...plainly, y0, maxSteps: 1 });
    expect(coarse.advice).toContain('raise max_steps');
    kernels.dispose();
  });
});

describe('The end of a solve', () => {
  it('serves as the start of the next one, also while the solver gives back the memory of a long one', async () => {
    const field = functionField(engine, { f: decay.f });
    const solver = new Solver({ engine, field, tableau: tableaux.tsit5, rows: 1, columns: 1 });
    const long = { ...plainly, controller: { kind: 'constant', dt: 0.01 } } as const;
    let { y1: y0 } = await solver.solve({ ...long, y0: tensorOf([1]) });
    for (let n = 0; n < 20; n += 1) ({ y1: y0 } = await solver.solve({ ...plainly, y0, t1: 0.1, keepStates: false }));
    expect((await engine.read(y0))[0]).toBeCloseTo(Math.exp(-3), 7);
  });
});

describe('Events', () => {
  it('see a change of sign between infinite values', async () => {
    const value = (t: number): number => (t < 0.3 ? -Infinity : Infinity);
    const { events } = await solve(decay, { events: [{ value, terminal: false }] });
    expect(events.map(({ t }) => t)).toEqual([expect.closeTo(0.3, 12)]);
  });
});
