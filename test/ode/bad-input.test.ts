/** What means nothing is refused by a UserError that says what was expected, wherever it is given. */
import { describe, expect, it } from 'vitest';
import { createAdjoint, type AdjointSettings } from '../../src/adjoint/create-adjoint.js';
import type { Tensor } from '../../src/engines/engine.js';
import { UserError } from '../../src/errors.js';
import { functionField } from '../../src/ode/function-field.js';
import { PerSampleSolver } from '../../src/ode/per-sample.js';
import type { SdeSolveRequest } from '../../src/ode/sde/solve-request.js';
import { SdeSolver } from '../../src/ode/sde/solver.js';
import { sdeMethods } from '../../src/ode/sde/tableaux/index.js';
import type { SolveRequest } from '../../src/ode/solve-request.js';
import { Solver } from '../../src/ode/solver.js';
import { SteadyStateSolver, type SteadyStateRequest } from '../../src/ode/steady-state.js';
import type { Tableau } from '../../src/ode/tableau.js';
import { tableaux } from '../../src/ode/tableaux/index.js';
import { BrownianTree } from '../../src/random/brownian-tree.js';
import { steer } from '../../src/regularizers/steer.js';
import { taylorRegularizer } from '../../src/regularizers/taylor.js';
import { engine, plainly } from './problems.js';

const rows = 2;
const columns = 3;
const field = functionField(engine, { f: (_, y) => y.map((value) => -value) });
const options = { engine, field, tableau: tableaux.tsit5, rows, columns };
const fitting = engine.allocate(rows, columns);
const key = { sweepSeed: 1, trialSeed: 1 };
const path = new BrownianTree({ key, purpose: 'bad input', t0: 0, t1: 1, entries: rows * columns });

const joint = (request: Partial<SolveRequest>) =>
  new Solver(options).solve({ ...plainly, keepStates: false, y0: fitting, ...request });
const perSample = (request: Partial<SolveRequest>) =>
  new PerSampleSolver(options).solve({ ...plainly, keepStates: false, y0: fitting, ...request });
const stochastic = (request: Partial<SdeSolveRequest>) =>
  new SdeSolver({ engine, drift: field, diffusion: field, method: sdeMethods.sosri, rows, columns }).solve({
    ...plainly,
    keeper: null,
    keepStates: false,
    controller: 'pi',
    outputRule: 'step',
    path,
    y0: fitting,
    ...request,
  });
const steady = (request: Partial<SteadyStateRequest>) =>
  new SteadyStateSolver(options, 0).solve({
    y0: fitting,
    controller: 'integral',
    maxSteps: 9,
    polish: 0,
    rtol: 1e-6,
    atol: 1e-6,
    ...request,
  });

async function refused(attempt: () => unknown, message: string): Promise<void> {
  const error: unknown = await Promise.resolve()
    .then(attempt)
    .then(
      () => null,
      (thrown: unknown) => thrown,
    );
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).message).toContain(message);
}

describe('An initial state of another shape than the solver’s', () => {
  const solvers: Record<string, (request: { y0: Tensor }) => Promise<unknown>> = {
    joint,
    perSample,
    stochastic,
    steady,
  };

  it.each(Object.entries(solvers))('is refused by the %s solver, extra rows included', async (_, solve) => {
    for (const [r, c] of [
      [rows + 1, columns],
      [rows - 1, columns],
      [rows, columns - 1],
      [columns, rows],
    ]) {
      await refused(() => solve({ y0: engine.allocate(r, c) }), `the solver's shape 2 × 3, not ${r} × ${c}.`);
    }
  });
});

describe('A name that does not exist, as a configuration file may have it, is refused where it names', () => {
  it('a controller', async () => {
    for (const solve of [joint, perSample, steady]) {
      await refused(() => solve({ controller: 'p' as never }), 'There is no controller "p".');
      await refused(() => solve({ controller: { kind: 'fixed', dt: 1 } as never }), 'There is no controller {"kind"');
    }
    await refused(() => stochastic({ controller: 'integral' as never }), 'has no controller "integral"');
  });

  it('a norm of stiffness', () => refused(() => joint({ stiffness: 'inf' as never }), 'must be rms or max, or null'));

  it('an output rule', () => refused(() => stochastic({ outputRule: 'cubic' as never }), 'must be step or linear'));

  it('an adjoint', () =>
    refused(
      () => createAdjoint({ mode: 'tape' } as unknown as AdjointSettings, options),
      'There is no adjoint "tape"',
    ));
});

describe('A tableau of one’s own is refused', () => {
  const { bosh3 } = tableaux;

  it.each([
    ['without as many nodes as weights', { c: [0, 1 / 2] }, 'as many c and rows of a as b'],
    ['if it is implicit', { a: [[1], [1 / 2], [0, 3 / 4], [2 / 9, 1 / 3, 4 / 9]] }, '0 entries in row 0 of a, not 1'],
    ['with error weights for other stages', { errorWeights: [1] }, '4 error weights or null, not 1'],
    ['with an interpolant of other stages', { interpolant: () => [1] }, 'an interpolant of 4 weights or null, not 1'],
    ['with numbers that are none', { b: [NaN, 1 / 3, 4 / 9, 0] }, 'finite numbers'],
    ['without an order', { order: 0 }, 'an order of at least 1, not 0'],
  ] satisfies readonly (readonly [string, Partial<Tableau>, string])[])('%s', (_, parts, message) =>
    refused(() => new Solver({ ...options, tableau: { ...bosh3, ...parts } }), message),
  );
});

describe('A search for a steady state refuses', () => {
  it.each([
    // A negative tolerance made every state steady.
    [{ rtol: -1, atol: -1 }, 'not negative'],
    [{ rtol: NaN }, 'must be finite'],
    [{ maxSteps: 0 }, 'maxSteps must be at least 1, not 0'],
    [{ polish: -1 }, 'polish must be a number of iterations, not -1'],
  ])('%o', (request, message) => refused(() => steady(request), message));
});

it('Rows that step by themselves refuse a keeper, which would have each row overwrite the one before', async () => {
  const { keep } = createAdjoint({ mode: 'stages' }, options);
  await refused(() => perSample(keep), 'this keeper serves joint solves');
});

it('A Brownian tree, STEER and the Taylor regulariser say what they need', async () => {
  const plant = (parts: object) => new BrownianTree({ key, purpose: '', t0: 0, t1: 1, entries: 1, ...parts });
  await refused(() => plant({ t1: 0 }), 'a finite interval with t0 < t1, not [0, 0]');
  await refused(() => plant({ entries: 1.5 }), 'entries, not 1.5');
  await refused(() => plant({ depth: 99 }), 'must be an integer in [1, 48], not 99');
  await refused(() => steer(-0.5).check({ t0: 0, t1: 1, saveat: null }), 'must not be negative');
  const chain = { inputs: 1, outputs: 1, layers: [], parameterCount: 0 };
  const parameters = engine.createParameters([0]);
  await refused(() => taylorRegularizer(0).augment(engine, chain, parameters, 0), 'an integer of at least 1, not 0');
});
