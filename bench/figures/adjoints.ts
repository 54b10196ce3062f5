/** Adjoints compared: what continuous ones miss, and what few kept states cost. */
import { distance, gapsOf } from './adjoint-gaps.js';
import {
  adjointModes,
  createAdjoint,
  type AdjointMode,
  type AdjointSettings,
} from '../../src/adjoint/create-adjoint.js';
import { UserError } from '../../src/errors.js';
import { createEngine } from '../../src/engines/index.js';
import { activation, chain, concatTime, dense } from '../../src/models/chain.js';
import { Solver } from '../../src/ode/solver.js';
import { tableaux } from '../../src/ode/tableaux/index.js';
import { createRandom } from '../../src/random/create-random.js';
import type { Table } from './page.js';
import { brief } from './page.js';
import { colours, decades, draw, key, Plot } from './draw.js';

const net = chain(3, [concatTime(), dense(8), activation('tanh'), concatTime(), dense(3), activation('tanh')]);
const rows = 2;
const t1 = 5;

export interface Gradient {
  readonly values: Float64Array;
  readonly evaluations: number;
  readonly pullbacks: number;
  readonly steps: number;
  readonly heldStates: number;
  readonly heldStages: number;
}

/** Gradient of the sum of y(t1) by parameters and initial state. */
export async function gradient(settings: AdjointSettings, tolerance: number): Promise<Gradient> {
  const engine = await createEngine('reference', 'f64');
  const random = createRandom({ sweepSeed: 1, trialSeed: 1 }, 'adjoint figures');
  const numbers = (count: number): Float64Array =>
    Float64Array.from({ length: count }, () => random.uniformBetween(-1, 1));
  const parameters = engine.createParameters(numbers(net.parameterCount));
  const field = engine.compile(net, parameters, 0);
  const options = { engine, field, tableau: tableaux.tsit5, rows, columns: net.inputs };
  const [y0, y1Bar, y0Bar] = [0, 1, 2].map(() => engine.allocate(rows, net.inputs));
  engine.write(y0, numbers(rows * net.inputs));
  engine.fill(y1Bar, 1);
  const adjoint = createAdjoint(settings, options);
  const tolerances = { rtol: tolerance, atol: tolerance };
  const solution = await new Solver(options).solve({
    ...adjoint.keep,
    ...tolerances,
    y0,
    t0: 0,
    t1,
    controller: 'integral',
    maxSteps: 1_000_000,
    saveat: [],
    stiffness: null,
  });
  const none = { outputBars: [], errorBars: null, stiffnessBars: null };
  const { evaluations, pullbacks, held } = await adjoint.pullback(solution, { ...tolerances, ...none, y1Bar, y0Bar });
  const values = Float64Array.from([...(await engine.read(parameters.gradient)), ...(await engine.read(y0Bar))]);
  const steps = solution.grid.steps.length;
  return { values, evaluations, pullbacks, steps, heldStates: held.states, heldStages: held.stages };
}

const continuousModes = ['backsolve', 'interpolating'] as const;

export async function continuousAdjoints(): Promise<string> {
  const points: { readonly mode: string; readonly tolerance: number; readonly distance: number }[] = [];
  for (const exponent of [3, 4, 5, 6, 7, 8, 9, 10]) {
    const tolerance = 10 ** -exponent;
    const { values } = await gradient({ mode: 'checkpoint' }, tolerance);
    for (const mode of continuousModes) {
      const other = await gradient({ mode, controller: 'integral', maxSteps: 1_000_000 }, tolerance);
      points.push({ mode, tolerance, distance: distance(other.values, values) });
    }
  }
  return draw({
    heading: 'Continuous adjoints miss the discrete gradient by about the tolerance (tsit5)',
    x: decades('tolerance', -10, -3),
    y: decades('relative distance from the discrete gradient', -10, -2),
    marks: [
      Plot.line(
        [
          [1e-3, 1e-3],
          [1e-10, 1e-10],
        ],
        { stroke: '#999', strokeDasharray: '4 3' },
      ),
      ...continuousModes.flatMap((mode, i) => {
        const ofMode = points.filter((point) => point.mode === mode);
        return [
          Plot.line(ofMode, { x: 'tolerance', y: 'distance', stroke: colours[i] }),
          Plot.dot(ofMode, { x: 'tolerance', y: 'distance', fill: colours[i], r: 3 }),
        ];
      }),
      ...key([
        ...continuousModes.map((name, i) => ({ name, colour: colours[i] })),
        { name: 'the tolerance', colour: '#999', dashed: true },
      ]),
    ],
  });
}

export async function binomialBudget(): Promise<string> {
  const tolerance = 1e-9;
  const full = await gradient({ mode: 'checkpoint' }, tolerance);
  const { steps } = full;
  const points: { readonly states: number; readonly evaluations: number }[] = [];
  for (const states of [2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64]) {
    const { evaluations, values, heldStates } = await gradient({ mode: 'binomial', states }, tolerance);
    if (distance(values, full.values) !== 0) throw new Error(`A budget of ${states} states changed the gradient.`);
    if (heldStates > states) throw new Error(`A budget of ${states} states was exceeded: ${heldStates}.`);
    points.push({ states, evaluations: evaluations / full.evaluations });
  }
  return draw({
    heading: `The binomial adjoint over ${steps} steps: the gradient of checkpoint, bit for bit, from few states`,
    x: {
      type: 'log',
      base: 2,
      label: 'states kept at most',
      ticks: points.map(({ states }) => states),
      tickFormat: String,
    },
    y: { label: 'evaluations in the reverse pass, over those of checkpoint', grid: true, zero: true },
    marks: [
      Plot.ruleY([1], { stroke: '#999', strokeDasharray: '4 3' }),
      Plot.line(points, { x: 'states', y: 'evaluations', stroke: colours[0] }),
      Plot.dot(points, { x: 'states', y: 'evaluations', fill: colours[0], r: 3 }),
    ],
  });
}

const budget = 6;

function settingsOf(mode: AdjointMode): AdjointSettings {
  switch (mode) {
    case 'auto':
    case 'checkpoint':
    case 'stages':
      return { mode };
    case 'binomial':
      return { mode, states: budget };
    case 'backsolve':
    case 'interpolating':
      return { mode, controller: 'integral', maxSteps: 1_000_000 };
  }
}

/** Gaps over the solves of `adjoint-gaps.ts`; cost of one of tsit5 at 1e-9. */
export async function adjointModesCompared(): Promise<Table> {
  const rows: (string | number)[][] = [];
  for (const mode of adjointModes) {
    const settings = settingsOf(mode);
    const plain = await gapsOf(settings, false);
    const regularised = await gapsOf(settings, true).catch((error: unknown) => {
      if (error instanceof UserError) return null;
      throw error;
    });
    const largest = Math.max(plain.fromCheckpoint, regularised?.fromCheckpoint ?? 0);
    const { evaluations, pullbacks, steps, heldStates, heldStages } = await gradient(settings, 1e-9);
    rows.push([
      mode === 'binomial' ? `binomial, c = ${budget}` : mode,
      largest === 0 ? 'the same bits' : brief(largest),
      brief(plain.fromFlow),
      brief(plain.fromComplexStep),
      regularised === null ? 'refused' : brief(regularised.fromComplexStep),
      (evaluations / steps).toFixed(1),
      (pullbacks / steps).toFixed(1),
      heldStates,
      heldStages,
    ]);
  }
  return {
    columns: [
      'mode',
      'gap to checkpoint',
      'to the flow',
      'to the complex step',
      'with R_E, R_S',
      'f a step',
      'pullbacks a step',
      'states',
      'stages',
    ],
    rows,
  };
}
