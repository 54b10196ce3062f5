/**
 * How far each adjoint is from the derivative of the computed loss – from `checkpoint`, and from a complex step on the
 * frozen grid – and from that of the flow, over every pair and three nets, with output times, in f64.
 */
import { complexStep } from '../../test/adjoint/complex-replay.js';
import { dot, numbers } from '../../test/adjoint/numbers.js';
import { gradientOf, lossOf, nets, type Scenario } from '../../test/adjoint/scenarios.js';
import type { AdjointSettings } from '../../src/adjoint/create-adjoint.js';
import { createEngine } from '../../src/engines/index.js';
import { pairNames, tableaux } from '../../src/ode/tableaux/index.js';

export const tolerance = 1e-4;

const engine = await createEngine('reference', 'f64');

/** Each solved without regularisers, or with R_E and R_S. */
function scenarios(regularised: boolean): readonly Scenario[] {
  return pairNames.flatMap((name) =>
    nets.map((chain, n) => ({
      tableau: tableaux[name],
      chain,
      rows: 2,
      saveat: [0.31, 0.77, 1.2],
      t1: 1.2,
      tolerance,
      aggregation: { aggregate: 'sum', weightByStep: true, square: false, countInitialCallback: false },
      errorWeight: regularised ? 0.5 : 0,
      stiffnessWeight: regularised ? 0.25 : 0,
      stiffnessNorm: 'rms',
      seed: 10 * pairNames.indexOf(name) + n,
    })),
  );
}

export interface Gaps {
  /** Largest relative distance from the gradient of `checkpoint`; 0: the same bits. */
  readonly fromCheckpoint: number;
  /** Largest gap of slopes along one direction, as a share of the lengths of gradient and direction. */
  readonly fromComplexStep: number;
  /** Largest relative distance from the gradient of a solve at 1e-11; of no meaning with R_E and R_S. */
  readonly fromFlow: number;
}

export async function gapsOf(settings: AdjointSettings, regularised: boolean): Promise<Gaps> {
  let [fromCheckpoint, fromComplexStep, fromFlow] = [0, 0, 0];
  for (const scenario of scenarios(regularised)) {
    const checkpoint = await gradientOf(scenario, engine, { mode: 'checkpoint' });
    const own = await gradientOf(scenario, engine, settings);
    const fine = { ...scenario, tableau: tableaux.tsit5, tolerance: 1e-11 };
    const flow = await gradientOf(fine, engine, { mode: 'checkpoint' });
    const [expected, found, ofFlow] = [checkpoint, own, flow].map((of) =>
      Float64Array.from([...of.gradient, ...of.startGradient]),
    );
    const { theta, start } = lossOf(scenario);
    const direction = {
      theta: numbers(theta.length, scenario.seed + 91),
      start: numbers(start.length, scenario.seed + 92),
    };
    const along = dot(own.gradient, direction.theta) + dot(own.startGradient, direction.start);
    const { slope } = complexStep(scenario, own.grid, direction);
    const size = Math.hypot(...expected) * Math.hypot(...direction.theta, ...direction.start);
    fromCheckpoint = Math.max(fromCheckpoint, distance(found, expected));
    fromFlow = Math.max(fromFlow, distance(found, ofFlow));
    fromComplexStep = Math.max(fromComplexStep, Math.abs(along - slope) / size);
  }
  return { fromCheckpoint, fromComplexStep, fromFlow };
}

/** ‖a − b‖ / ‖b‖. */
export function distance(a: Float64Array, b: Float64Array): number {
  return Math.hypot(...a.map((value, i) => value - b[i])) / Math.hypot(...b);
}
