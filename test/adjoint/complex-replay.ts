/**
 * The loss of a scenario on a frozen grid in complex arithmetic: chain, Runge–Kutta stages, E, S, outputs and
 * regularisers written once more, plainly, so that a complex step gives the derivative that the adjoint should.
 */
import type { Chain } from '../../src/engines/layer.js';
import { closeTableau } from '../../src/ode/closed-tableau.js';
import type { AcceptedStep, Grid } from '../../src/ode/grid.js';
import { interpolationWeights } from '../../src/ode/interpolation.js';
import type { StiffnessNorm } from '../../src/ode/stiffness.js';
import type { AggregationSettings } from '../../src/regularizers/aggregation.js';
import { add, combination, divide, magnitude, real, rms, scale, sigmoid, subtract, tanh, times } from './complex.js';
import type { Complex } from './complex.js';
import { lossOf, stabilitySize, type Scenario } from './scenarios.js';

type Vector = readonly Complex[];

const STEP = 1e-40;

export interface ComplexStep {
  /** Of the loss along the direction. */
  readonly slope: number;
  readonly conditions: readonly StepCondition[];
}

/** By how many times machine epsilon rounding may move the slopes of a step's E and S, in any arithmetic. */
export interface StepCondition {
  readonly error: number;
  readonly stiffness: number;
}

/** Slope of the loss along a direction of parameters and initial state. */
export function complexStep(
  scenario: Scenario,
  grid: Grid,
  direction: { readonly theta: Float64Array; readonly start: Float64Array },
): ComplexStep {
  const { theta, start } = lossOf(scenario);
  const shifted = (values: Float64Array, along: Float64Array): Vector =>
    [...values].map((re, k) => ({ re, im: STEP * along[k] }));
  const conditions: StepCondition[] = [];
  const parameters = shifted(theta, direction.theta);
  const loss = frozenLoss(scenario, grid, parameters, shifted(start, direction.start), conditions);
  return { slope: loss.im / STEP, conditions };
}

/** @param conditions filled, one for each step */
function frozenLoss(
  scenario: Scenario,
  grid: Grid,
  theta: Vector,
  start: Vector,
  conditions: StepCondition[],
): Complex {
  const { chain, rows, tolerance, errorWeight, stiffnessWeight, stiffnessNorm, aggregation } = scenario;
  const { endBar, outputBars } = lossOf(scenario);
  const tableau = closeTableau(scenario.tableau);
  const { a, b, c, errorWeights, ownStages } = tableau;
  const along = (bar: Float64Array, y: Vector) => y.reduce((sum, entry, k) => add(sum, scale(bar[k], entry)), real(0));
  let loss = real(0);
  const output = (m: number, y: Vector): void => {
    loss = add(loss, along(outputBars[m], y));
  };
  grid.outputs.forEach(({ step }, m) => step < 0 && output(m, start));
  const errors: Complex[] = [];
  const stiffnesses: Complex[] = [];
  let y = start;
  for (const [j, { t, h }] of grid.steps.entries()) {
    const states: Vector[] = [];
    const stages: Vector[] = [];
    for (const [i, row] of a.entries()) {
      states.push(combination(y, h, row, stages));
      stages.push(evaluate(chain, rows, theta, t + c[i] * h, states[i]));
    }
    const y1 = combination(y, h, b, stages);
    const error = combination(
      y.map(() => real(0)),
      h,
      errorWeights ?? [],
      stages,
    );
    const estimate = rms(error.map((entry, k) => divide(entry, errorScale(tolerance, y[k], y1[k]))));
    errors.push(estimate);
    const terms = stages.map((stage, i) => stage.map((entry) => scale(h * (errorWeights?.[i] ?? 0), entry)));
    const last = (vectors: readonly Vector[]): LastPair => [vectors[ownStages - 1], vectors[ownStages - 2]];
    if (stiffnessNorm !== null) stiffnesses.push(stiffness(stiffnessNorm, last(stages), last(states)));
    conditions.push({
      error: estimate.re * differenceCondition(error, terms),
      stiffness: stiffnessNorm === null ? 0 : stiffnessCondition(stiffnessNorm, last(stages), last(states)),
    });
    grid.outputs.forEach(({ step, theta: position }, m) => {
      if (step !== j) return;
      output(m, position >= 1 ? y1 : combination(y, h, interpolationWeights(tableau, position), stages));
    });
    y = y1;
  }
  const power = aggregation.square ? stabilitySize ** -2 : 1 / stabilitySize;
  const penalties = add(
    scale(errorWeight, aggregate(errors, grid.steps, aggregation)),
    scale(stiffnessWeight * power, aggregate(stiffnesses, grid.steps, aggregation)),
  );
  return add(add(loss, along(endBar, y)), penalties);
}

/** atol + rtol·max(|y|, |y1|) with both tolerances alike. */
function errorScale(tolerance: number, y: Complex, y1: Complex): Complex {
  const larger = Math.abs(y.re) >= Math.abs(y1.re) ? y : y1;
  return add(real(tolerance), scale(tolerance, magnitude(larger)));
}

/** Of the last stage and the one before. */
type LastPair = readonly [Vector, Vector];

const differenceOf = ([last, before]: LastPair): Vector => last.map((entry, k) => subtract(entry, before[k]));

function stiffness(norm: StiffnessNorm, stagePair: LastPair, statePair: LastPair): Complex {
  const [stages, states] = [differenceOf(stagePair), differenceOf(statePair)];
  if (norm === 'rms') {
    const size = rms(states);
    return size.re === 0 ? real(0) : divide(rms(stages), size);
  }
  return ratios(stages, states).reduce((largest, ratio) => (ratio.re > largest.re ? ratio : largest), real(0));
}

const ratios = (stages: Vector, states: Vector): Vector =>
  stages.map((stage, k) => (stage.re === 0 ? real(0) : magnitude(divide(stage, states[k]))));

const size = (vector: Vector): number => Math.hypot(...vector.map(({ re }) => re));
const slope = (vector: Vector): number => Math.hypot(...vector.map(({ im }) => im / STEP));

/**
 * A difference Δ of terms has lost |term| / |Δ| of its digits; what is left of them decides how exact the slope
 * dΔ / Δ of its logarithm can be.
 */
function differenceCondition(difference: Vector, terms: readonly Vector[]): number {
  const length = size(difference);
  if (length === 0) return 0;
  const lost = terms.reduce((sum, term) => sum + size(term) + slope(term), 0) / length;
  return lost * (1 + slope(difference) / length);
}

/** S = |Δk| / |Δg| has the slope S (dΔk/Δk − dΔg/Δg); a state is as exact as the numbers of size 1 it is made of. */
function stiffnessCondition(norm: StiffnessNorm, stagePair: LastPair, statePair: LastPair): number {
  const [stages, states] = [differenceOf(stagePair), differenceOf(statePair)];
  const all = ratios(stages, states).map(({ re }) => re);
  const largest = all.indexOf(Math.max(...all));
  const pick = (vector: Vector): Vector => (norm === 'rms' ? vector : [vector[largest]]);
  const [dk, dg] = [pick(stages), pick(states)];
  if (size(dk) === 0 || size(dg) === 0) return 0;
  const ofStates = differenceCondition(dg, [pick(statePair[0]), [real(1)]]);
  return (size(dk) / size(dg)) * (differenceCondition(dk, [pick(stagePair[0])]) + ofStates);
}

function aggregate(estimates: Vector, steps: readonly AcceptedStep[], settings: AggregationSettings): Complex {
  const weight = (h: number): number => (settings.weightByStep ? Math.abs(h) : 1);
  const terms = estimates.map((x, j) => scale(weight(steps[j].h), settings.square ? times(x, x) : x));
  if (settings.countInitialCallback) terms.unshift(real(settings.weightByStep ? 0 : 1));
  if (settings.aggregate === 'max') return terms.reduce((most, term) => (term.re > most.re ? term : most), real(0));
  const sum = terms.reduce(add, real(0));
  return settings.aggregate === 'mean' ? scale(1 / Math.max(terms.length, 1), sum) : sum;
}

/** Rows one after another; parameters as `Layer` lays them out. */
function evaluate({ layers }: Chain, rows: number, theta: Vector, t: number, y: Vector): Vector {
  const width = y.length / rows;
  return Array.from({ length: rows }, (_, row) => {
    let values: Vector = y.slice(row * width, (row + 1) * width);
    let offset = 0;
    for (const layer of layers) {
      switch (layer.kind) {
        case 'concat-time':
          values = [...values, real(t)];
          break;
        case 'dense': {
          const { inputs, outputs, bias = true } = layer;
          const [weights, biases] = [offset, offset + inputs * outputs];
          const input = values;
          values = Array.from({ length: outputs }, (__, o) =>
            input.reduce(
              (sum, entry, i) => add(sum, times(theta[weights + o * inputs + i], entry)),
              bias ? theta[biases + o] : real(0),
            ),
          );
          offset = biases + (bias ? outputs : 0);
          break;
        }
        case 'power': {
          const { exponent } = layer;
          values = values.map((entry) => Array.from({ length: exponent }, () => entry).reduce(times));
          break;
        }
        case 'tanh':
          values = values.map(tanh);
          break;
        case 'sigmoid':
          values = values.map(sigmoid);
          break;
        case 'relu':
          values = values.map((entry) => (entry.re > 0 ? entry : real(0)));
          break;
      }
    }
    return values;
  }).flat();
}
