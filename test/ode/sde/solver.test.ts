import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEngine } from '../../../src/engines/index.js';
import type { SdeSolveRequest } from '../../../src/ode/sde/solve-request.js';
import { SdeSolver } from '../../../src/ode/sde/solver.js';
import type { ErrorSigns } from '../../../src/ode/sde/sri-tableau.js';
import { SdeStepper } from '../../../src/ode/sde/step.js';
import { dyadicEnd } from '../../../src/ode/sde/step-end.js';
import { sdeMethods, type SdeMethodName } from '../../../src/ode/sde/tableaux/index.js';
import { stiffnessNorms } from '../../../src/ode/stiffness.js';
import { BrownianTree } from '../../../src/random/brownian-tree.js';
import { entrywiseField } from './entrywise-field.js';
import { geometricBrownianMotion, hyperbolicTangent, type SdeProblem } from './problems.js';

const engine = await createEngine('reference', 'f64');
const adaptiveMethods = ['sriw1', 'sosri', 'sosri2'] as const;

interface Setting extends Partial<Omit<SdeSolveRequest, 'y0' | 'path'>> {
  readonly method?: SdeMethodName;
  readonly rows?: number;
  readonly errorSigns?: ErrorSigns;
  readonly path?: BrownianTree;
}

function plant(entries: number, trialSeed = 1): BrownianTree {
  return new BrownianTree({ key: { sweepSeed: 3, trialSeed }, purpose: 'solver', t0: 0, t1: 2, entries });
}

/** Rows are paths of a scalar equation. */
async function solve({ drift, diffusion, start }: Pick<SdeProblem, 'drift' | 'diffusion' | 'start'>, setting: Setting) {
  const { method = 'sosri', rows = 4, errorSigns = 'plus', path = plant(rows), ...request } = setting;
  const y0 = engine.allocate(rows, 1);
  engine.fill(y0, start);
  const before = [drift.calls(), diffusion.calls()];
  const solver = new SdeSolver({
    engine,
    drift,
    diffusion,
    method: sdeMethods[method],
    rows,
    columns: 1,
    errorSigns,
  });
  const solution = await solver.solve({
    y0,
    t0: 0,
    t1: 1,
    rtol: 0.1,
    atol: 0.1,
    path,
    controller: 'pi',
    outputRule: 'step',
    maxSteps: 100_000,
    saveat: [],
    keepStates: true,
    stiffness: null,
    ...request,
  });
  const read = (tensor: typeof y0) => [...(engine.read(tensor) as Float64Array)];
  return {
    ...solution,
    path,
    calls: { drift: drift.calls() - before[0], diffusion: diffusion.calls() - before[1] },
    end: read(solution.y1),
    saved: solution.outputs.map(read),
    visited: (solution.states ?? []).map(read),
  };
}

const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

describe.each(adaptiveMethods)('An adaptive solve with %s', (method) => {
  it('converges to the solution along the one fixed path as the tolerance falls, rejections or not', async () => {
    const problem = hyperbolicTangent(engine, 1.5);
    const errors: number[] = [];
    let rejections = 0;
    for (const tolerance of [3e-2, 3e-3, 3e-4]) {
      const setting = { method, rtol: tolerance, atol: tolerance, rows: 100, errorSigns: 'alternating' } as const;
      const { end, path, statistics, outcome } = await solve(problem, setting);
      expect(outcome.state).toBe('success');
      const exact = problem.exact(path, 1);
      errors.push(mean(end.map((value, i) => Math.abs(value - exact[i]))));
      rejections += statistics.rejected;
    }
    // The paths do not depend on where steps ended or were refused: every solve approximates the same numbers.
    expect(errors[1]).toBeLessThan(errors[0] / 2);
    expect(errors[2]).toBeLessThan(errors[1] / 2);
    expect(errors[2]).toBeLessThan(1e-3);
    expect(rejections).toBeGreaterThan(0);
  });

  it('counts every call: two for the first step, then the stages of every attempt', async () => {
    const { statistics, calls } = await solve(geometricBrownianMotion(engine, 1, 2), { method, saveat: [0.3, 0.6] });
    const attempts = statistics.accepted + statistics.rejected;
    expect(calls).toEqual({ drift: statistics.nfe, diffusion: statistics.diffusionNfe });
    expect(statistics.nfe).toBe(2 + (method === 'sriw1' ? 2 : 4) * attempts);
    expect(statistics.diffusionNfe).toBe(2 + 4 * attempts);
  });
});

describe('Rejection', () => {
  // The noise sets in at t = ½, where steps have grown: each path is refused there, the more the larger its dW is.
  const volatility = (t: number): number => (t < 0.5 ? 0.01 : 1);
  const drift = entrywiseField(engine, () => 0);
  const diffusion = entrywiseField(engine, (u, t) => volatility(t) * u);

  it('leaves no trace: the accepted steps alone, on a path planted anew, give the same bits', async () => {
    const rows = 3;
    const setting = { rows, rtol: 0.01, atol: 0.01, method: 'sosri2' } as const;
    const { grid, visited, statistics } = await solve({ drift, diffusion, start: 1 }, setting);
    expect(statistics.rejected).toBeGreaterThan(1);
    const stepper = new SdeStepper({ engine, drift, diffusion, method: sdeMethods.sosri2, rows, columns: 1 }, false);
    const path = plant(rows);
    let [y, y1] = [engine.allocate(rows, 1), engine.allocate(rows, 1)];
    engine.fill(y, 1);
    for (const [j, { t, h }] of grid.steps.entries()) {
      stepper.draw(path, t, h);
      stepper.attempt(t, h, y, y1);
      expect([...(await engine.read(y1))]).toEqual(visited[j + 1]);
      [y, y1] = [y1, y];
    }
  });

  it('does not bias the solution: mean and variance of geometric Brownian motion, one path a solve', async () => {
    // Single rows, so that each path's own steps are refused where its own noise is large.
    const [ends, logs]: [number[], number[]] = [[], []];
    const paths = 2000;
    let rejected = 0;
    for (let seed = 0; seed < paths; seed += 1) {
      const setting = { rows: 1, path: plant(1, seed), rtol: 0.003, atol: 0.003 };
      const { end, statistics } = await solve({ drift, diffusion, start: 1 }, setting);
      ends.push(end[0]);
      logs.push(Math.log(end[0]));
      rejected += statistics.rejected;
    }

    expect(rejected).toBeGreaterThan(paths / 4);
    // log u ~ N(−v/2, v), v = ∫ σ²; E u = 1. The variance of a sample variance is 2v²/n.
    const variance = 0.5 * (1e-4 + 1);
    const centre = mean(logs);
    const spread = mean(logs.map((x) => (x - centre) ** 2));
    expect(Math.abs(mean(ends) - 1)).toBeLessThan(4 * Math.sqrt((Math.exp(variance) - 1) / paths));
    expect(Math.abs(centre + variance / 2)).toBeLessThan(4 * Math.sqrt(variance / paths));
    expect(Math.abs(spread - variance)).toBeLessThan(4 * variance * Math.sqrt(2 / paths));
  });
});

describe('The law of a solution', () => {
  it.each([...adaptiveMethods])('is that of an Ornstein–Uhlenbeck process with %s', async (method) => {
    // du = θ(μ − u) dt + σ dW: N(μ + (u0 − μ) e^−θt, σ²(1 − e^−2θt)/(2θ)).
    const [theta, mu, sigma, start] = [2, 0.5, 0.7, 2];
    const drift = entrywiseField(engine, (u) => theta * (mu - u));
    const diffusion = entrywiseField(engine, () => sigma);
    const rows = 4000;
    const { saved } = await solve({ drift, diffusion, start }, { method, rows, saveat: [0.25, 1] });
    for (const [m, t] of [0.25, 1].entries()) {
      const expected = mu + (start - mu) * Math.exp(-theta * t);
      const variance = (sigma ** 2 * (1 - Math.exp(-2 * theta * t))) / (2 * theta);
      const centre = mean(saved[m]);
      const spread = mean(saved[m].map((x) => (x - centre) ** 2));
      expect(Math.abs(centre - expected)).toBeLessThan(4 * Math.sqrt(variance / rows) + 2e-3);
      expect(Math.abs(spread - variance)).toBeLessThan(4 * variance * Math.sqrt(2 / rows) + 2e-3);
    }
  });
});

describe('Output times', () => {
  const problem = hyperbolicTangent(engine, 1);
  const saveat = [0, 0.1, 1 / 3, 1 / 3, 0.77, 1];

  it('are ends of steps under the rule `step`, and a cut step leaves the plan of the controller alone', async () => {
    const bare = await solve(problem, { rtol: 0.03, atol: 0.03 });
    const { grid, saved, visited, statistics, end } = await solve(problem, { rtol: 0.03, atol: 0.03, saveat });
    for (const [m, { step, theta }] of grid.outputs.entries()) {
      expect(theta).toBe(step < 0 ? 0 : 1);
      if (step >= 0) expect(grid.steps[step].t + grid.steps[step].h).toBeCloseTo(saveat[m], 14);
      expect(saved[m]).toEqual(visited[step + 1]);
    }
    expect(saved.at(-1)).toEqual(end);
    // Three inner output times: at most one short step each, and the noise of other step ends.
    expect(statistics.accepted).toBeLessThan(bare.statistics.accepted * 1.1 + 4);
  });

  it('change no step under the rule `linear`', async () => {
    const bare = await solve(problem, { rtol: 0.03, atol: 0.03 });
    const { grid, saved, visited, statistics } = await solve(problem, {
      rtol: 0.03,
      atol: 0.03,
      saveat,
      outputRule: 'linear',
    });
    expect(grid.steps).toEqual(bare.grid.steps);
    expect(statistics).toEqual(bare.statistics);
    for (const [m, { step, theta }] of grid.outputs.entries()) {
      const [y, y1] = step < 0 ? [visited[0], visited[0]] : [visited[step], visited[step + 1]];
      const time = step < 0 ? 0 : grid.steps[step].t + theta * grid.steps[step].h;
      expect(time).toBeCloseTo(saveat[m], 14);
      saved[m].forEach((value, i) => expect(value).toBeCloseTo((1 - theta) * y[i] + theta * y1[i], 14));
    }
  });

  it('cut constant steps, which the next one completes', async () => {
    const controller = { kind: 'constant', dt: 0.25 } as const;
    const { grid } = await solve(problem, { controller, saveat: [0.1, 0.5, 0.6], method: 'euler_maruyama' });
    const ends = grid.steps.map(({ t, h }) => t + h);
    expect(ends).toEqual([0.1, 0.25, 0.5, 0.6, 0.75, 1].map((time) => expect.closeTo(time, 14) as number));
    const uneven = await solve(problem, { controller: { kind: 'constant', dt: 0.3 }, method: 'milstein' });
    expect(uneven.grid.steps.map(({ t }) => t)).toEqual([0, 0.3, 0.6, expect.closeTo(0.9, 14)]);
  });
});

describe('Steps', () => {
  it('join and cover the interval, whatever interval, tolerance and output times', async () => {
    const cases = fc.record({
      t0: fc.double({ min: 0, max: 0.9, noNaN: true }),
      span: fc.double({ min: 0.01, max: 1, noNaN: true }),
      tolerance: fc.double({ min: 0.02, max: 0.5, noNaN: true }),
      shares: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 }),
      method: fc.constantFrom(...adaptiveMethods),
    });
    const problem = geometricBrownianMotion(engine, 1, 1);
    await fc.assert(
      fc.asyncProperty(cases, async ({ t0, span, tolerance, shares, method }) => {
        const t1 = t0 + span;
        const saveat = shares.sort((a, b) => a - b).map((share) => t0 + share * span);
        const setting = { t0, t1, rtol: tolerance, atol: tolerance, saveat, method, rows: 1 };
        const { grid, outcome, saved } = await solve(problem, setting);
        expect([outcome.state, saved.length]).toEqual(['success', saveat.length]);
        let t = t0;
        for (const step of grid.steps) {
          expect(step.t).toBeCloseTo(t, 14);
          expect(step.h).toBeGreaterThan(0);
          expect(step.error).toBeLessThanOrEqual(1);
          t = step.t + step.h;
        }
        expect(t).toBeCloseTo(t1, 14);
      }),
      { numRuns: 100 },
    );
  });

  it('end at dyadic times of the path, less than 1/64 short of what the controller planned', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 1e-6, max: 1, noNaN: true }), (t, h) => {
        const end = dyadicEnd(t, h, { t0: 0, t1: 1 });
        expect(end).toBeLessThanOrEqual(t + h);
        expect(end).toBeGreaterThan(t + h * (1 - 1 / 64) - 1e-15);
        const divisions = 2 ** Math.ceil(1e-9 + Math.log2(64 / h));
        expect(Number.isInteger(end * divisions)).toBe(true);
      }),
    );
  });
});

describe('Limits of a solve', () => {
  const problem = geometricBrownianMotion(engine, 1, 1);

  it('are kept: first step, dtMin and dtMax, and attempts are told', async () => {
    const limits = { firstStep: 0.03, dtMin: 1e-3, dtMax: 0.05, keepAttempts: true };
    const { grid, attempts, statistics } = await solve(problem, limits);
    const sizes = grid.steps.map(({ h }) => h);
    // The first step is rounded down to a dyadic time; a given one saves the two calls of the automatic rule.
    expect(attempts?.[0].h).toBeGreaterThan(0.03 * (1 - 1 / 64));
    expect(attempts?.[0].h).toBeLessThanOrEqual(0.03);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(0.05);
    expect(attempts?.length).toBe(statistics.accepted + statistics.rejected);
    expect(statistics.nfe).toBe(4 * (attempts?.length ?? 0));
    expect(attempts?.filter(({ accepted }) => accepted).map(({ t, h }) => [t, h])).toEqual(
      grid.steps.map(({ t, h }) => [t, h]),
    );
  });

  it('end a solve that needs steps under dtMin', async () => {
    const { outcome } = await solve(problem, { rtol: 1e-3, atol: 1e-3, firstStep: 0.2, dtMin: 0.1 });
    expect(outcome.state).toBe('dt_min');
    expect(outcome.advice).toContain('dt_min = 0.1');
  });
});

describe('The stiffness estimate of SOSRI2', () => {
  it.each(stiffnessNorms)('is |λ| for the drift λu, in the norm %s', async (norm) => {
    const drift = entrywiseField(engine, (u) => -7 * u);
    const diffusion = entrywiseField(engine, (u) => 0.3 * u);
    const { grid } = await solve({ drift, diffusion, start: 1 }, { method: 'sosri2', stiffness: norm });
    for (const { stiffness } of grid.steps) {
      // A quotient of differences: as many digits as they are short of the states are lost.
      const rounding = 1e-15 / Math.abs(stiffness?.stateDifference ?? NaN);
      expect(Math.abs((stiffness?.value ?? NaN) - 7)).toBeLessThan(7 * (1e-12 + rounding));
    }
  });
});

describe('A solve ends as a value', () => {
  const zero = entrywiseField(engine, () => 0);
  it('max_steps', async () => {
    const { outcome, statistics } = await solve(geometricBrownianMotion(engine, 1, 1), { maxSteps: 3 });
    expect([outcome.state, statistics.accepted + statistics.rejected]).toEqual(['max_steps', 3]);
  });

  it('non_finite where the drift is, from the start or later, adaptive or not', async () => {
    const nan = entrywiseField(engine, () => NaN);
    expect((await solve({ drift: nan, diffusion: zero, start: 1 }, {})).outcome.state).toBe('non_finite');
    const late = entrywiseField(engine, (_, t) => (t > 0.5 ? NaN : 1));
    expect((await solve({ drift: late, diffusion: zero, start: 1 }, {})).outcome.state).toBe('non_finite');
    for (const method of ['euler_maruyama', 'sriw1'] as const) {
      const setting = { method, controller: { kind: 'constant', dt: 0.1 } } as const;
      expect((await solve({ drift: late, diffusion: zero, start: 1 }, setting)).outcome.state).toBe('non_finite');
    }
  });

  it('dt_underflow where no step is small enough', async () => {
    const jump = entrywiseField(engine, (_, t) => (t > 0.5 ? 1e300 : 1));
    const { outcome } = await solve({ drift: jump, diffusion: zero, start: 1 }, {});
    expect(outcome.state).toBe('dt_underflow');
    expect(outcome.t).toBeCloseTo(0.5, 6);
  });

  it('success at once on an empty interval', async () => {
    const { outcome, saved } = await solve(geometricBrownianMotion(engine, 1, 1), { t0: 1, t1: 1, saveat: [1] });
    expect([outcome.state, saved.length]).toEqual(['success', 1]);
  });

  it('without noise as the deterministic solution', async () => {
    const decay = entrywiseField(engine, (u) => -u);
    const setting = { controller: { kind: 'constant', dt: 1 / 64 }, method: 'sosri' } as const;
    const { end } = await solve({ drift: decay, diffusion: zero, start: 1 }, setting);
    for (const value of end) expect(value).toBeCloseTo(Math.exp(-1), 4);
  });
});

describe('A request that means nothing', () => {
  it.each<[string, Setting]>([
    ['runs forwards', { t0: 1, t1: 0 }],
    ['covers [0, 2], not [0, 3]', { t1: 3 }],
    ['has 3 entries', { path: plant(3) }],
    ['has no error estimate', { method: 'euler_maruyama' }],
    ['estimates no stiffness', { method: 'sosri', stiffness: 'rms' }],
    ['dt must be positive', { controller: { kind: 'constant', dt: 0 } }],
    ['saveat[0] must lie between', { saveat: [2] }],
    ['rtol and atol must be finite', { rtol: -1 }],
  ])('is refused: %s', async (message, setting) => {
    await expect(solve(geometricBrownianMotion(engine, 1, 1), setting)).rejects.toThrow(message);
  });
});
