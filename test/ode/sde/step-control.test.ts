import { describe, expect, it } from 'vitest';
import { createEngine } from '../../../src/engines/index.js';
import { initialSdeStep } from '../../../src/ode/sde/initial-step.js';
import { SdeSolver } from '../../../src/ode/sde/solver.js';
import { dyadicEnd } from '../../../src/ode/sde/step-end.js';
import { sdeMethods } from '../../../src/ode/sde/tableaux/index.js';
import { BrownianTree } from '../../../src/random/brownian-tree.js';
import { entrywiseField } from './entrywise-field.js';
import { hyperbolicTangent } from './problems.js';

const engine = await createEngine('reference', 'f64');
const take = () => engine.allocate(1, 2);

describe('The first step', () => {
  const request = (mu: number, sigma: number) => ({
    engine,
    drift: entrywiseField(engine, (u) => mu * u),
    diffusion: entrywiseField(engine, (u) => sigma * u),
    t0: 0,
    t1: 1,
    y0: take(),
    scratch: { drift: take(), diffusion: take(), state: take() },
    order: 1.5,
    tolerances: { atol: 0, rtol: 0.5 },
  });

  it('follows the rule for drift and three deviations of the noise', async () => {
    // With f = μu, g = σu and sc = u/2 every quotient is the same for all entries.
    const problem = request(-2, 0.5);
    engine.write(problem.y0, [3, -7]);
    const [d0, d1] = [2, 2 * (2 + 3 * 0.5)];
    const probe = (0.01 * d0) / d1;
    // After the probe both fields have changed by the factor 1 − 2p.
    const d2 = (2 * (2 * 2 * probe + 3 * 0.5 * (1 + 1 - 2 * probe))) / probe;
    expect(d2).toBeGreaterThan(d1);
    expect(await initialSdeStep(problem)).toBeCloseTo(Math.sqrt(0.01 / d2), 14);
    expect([problem.drift.calls(), problem.diffusion.calls()]).toEqual([2, 2]);
  });

  it('is at most the interval, and tiny where nothing is known', async () => {
    const slow = request(1e-9, 0);
    engine.write(slow.y0, [1, 1]);
    expect(await initialSdeStep({ ...slow, t1: 1e-8 })).toBe(1e-8);
    const still = request(0, 0);
    engine.write(still.y0, [1, 1]);
    expect(await initialSdeStep(still)).toBe(1e-6);
  });

  it('is not a number where a field is not', async () => {
    const problem = request(NaN, 0);
    engine.write(problem.y0, [1, 1]);
    expect(await initialSdeStep(problem)).toBeNaN();
  });
});

it('Steps follow the PI rule with β1 = 7/15, β2 = 4/15 and growth of at most 9/8, onto dyadic times', async () => {
  const { drift, diffusion, start } = hyperbolicTangent(engine, 1.5);
  const rows = 20;
  const path = new BrownianTree({
    key: { sweepSeed: 8, trialSeed: 2 },
    purpose: 'control',
    t0: 0,
    t1: 1,
    entries: rows,
  });
  const y0 = engine.allocate(rows, 1);
  engine.fill(y0, start);
  const solver = new SdeSolver({ engine, drift, diffusion, method: sdeMethods.sosri, rows, columns: 1 });
  const { grid, statistics } = await solver.solve({
    y0,
    t0: 0,
    t1: 1,
    rtol: 0.02,
    atol: 0.02,
    path,
    controller: 'pi',
    outputRule: 'step',
    maxSteps: 1000,
    saveat: [],
    keepStates: false,
    stiffness: null,
  });
  expect(statistics.rejected).toBe(0);
  let [old, limited, unlimited] = [1e-4, 0, 0];
  for (const [j, { t, h, error: estimate }] of grid.steps.slice(0, -2).entries()) {
    const error = estimate ?? NaN;
    const q = error ** (7 / 15) / old ** (4 / 15) / 0.9;
    const factor = 1 / Math.min(5, Math.max(8 / 9, q));
    old = Math.max(error, 1e-4);
    const next = grid.steps[j + 1];
    if (factor === 9 / 8) limited += 1;
    else unlimited += 1;
    const planned = dyadicEnd(next.t, h * factor, { t0: 0, t1: 1 });
    expect(next.t + next.h).toBeCloseTo(planned, 14);
    expect(next.t).toBeCloseTo(t + h, 15);
  }
  expect(Math.min(limited, unlimited)).toBeGreaterThan(10);
});

it('The first step far from t = 0 is one that the path can tell apart', async () => {
  const [t0, t1] = [1e9, 1e9 + 1];
  const path = new BrownianTree({ key: { sweepSeed: 8, trialSeed: 3 }, purpose: 'control', t0, t1, entries: 1 });
  const still = entrywiseField(engine, () => 0);
  const y0 = engine.allocate(1, 1);
  engine.fill(y0, 1);
  const options = { engine, drift: still, diffusion: still, method: sdeMethods.sosri, rows: 1, columns: 1 };
  const { outcome } = await new SdeSolver(options).solve({
    y0,
    t0,
    t1,
    rtol: 0.1,
    atol: 0.1,
    path,
    controller: 'pi',
    outputRule: 'step',
    maxSteps: 1000,
    saveat: [],
    keepStates: false,
    stiffness: null,
  });
  expect([outcome.state, outcome.t]).toEqual(['success', t1]);
});
