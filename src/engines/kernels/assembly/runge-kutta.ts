/**
 * Attempts, replays and reverses of whole Runge–Kutta steps, one call each.
 *
 * The operations and their order are those of `ode/step.ts` and `adjoint/step-pullback.ts`, which say where the formulas
 * come from; results are the same bits. The host writes what a step needs (`step-program.ts` has the places).
 */
import { evaluateChain, pullChain } from './chain';
import { combine } from './combine';
import { errorSquares } from './norms';

/** Addresses are of lists with one entry for each stage of the closed tableau, unless said otherwise. */
@unmanaged
class StepProgram {
  chain: usize;
  rows: i32;
  entries: i32;
  /** Of a state, in whole vectors. */
  bytes: usize;
  stageCount: i32;
  /** Stages that an attempt computes. */
  ownStages: i32;
  /** Doubles: c, b, b − b̂, then a, row by row, stageCount columns each. */
  tableau: usize;
  /** Addresses of k_i; of g_i (0: y for the first stage, else y1); of activations (0: none are kept). */
  stages: usize;
  states: usize;
  kept: usize;
  /** Addresses of ḡ_i, and of the single tensors of a reverse, in the order of `Bars`. */
  stateBars: usize;
  bars: usize;
  /** Outputs inside the step: their weights on the stages, output by output, and addresses of their cotangents. */
  outputWeights: usize;
  outputBars: usize;
  /** Room for the terms of any combination: factors and addresses. */
  factors: usize;
  terms: usize;
}

/** Addresses of the tensors of `StepBars` in engine.ts. */
@unmanaged
class Bars {
  stage: usize;
  handedBack: usize;
  end: usize;
  start: usize;
  error: usize;
  lastStage: usize;
  lastState: usize;
}

/** How many terms the list at hand has. */
let count: i32 = 0;

@inline
function at(list: usize, index: i32): usize {
  return <usize>load<u32>(list + (<usize>index << 2));
}

@inline
function double(list: usize, index: i32): f64 {
  return load<f64>(list + (<usize>index << 3));
}

@inline
function cOf(step: StepProgram, i: i32): f64 {
  return double(step.tableau, i);
}

@inline
function bOf(step: StepProgram, i: i32): f64 {
  return double(step.tableau, step.stageCount + i);
}

@inline
function errorWeightOf(step: StepProgram, i: i32): f64 {
  return double(step.tableau, 2 * step.stageCount + i);
}

@inline
function aOf(step: StepProgram, i: i32, j: i32): f64 {
  return double(step.tableau, (3 + i) * step.stageCount + j);
}

/** Appends to the list, as the engine's `combine` does: a coefficient of exactly 0 leaves its term out. */
@inline
function append<T>(step: StepProgram, coefficient: f64, factor: f64, term: usize): void {
  if (coefficient == 0) return;
  store<T>(step.factors + <usize>count * sizeof<T>(), <T>factor);
  store<u32>(step.terms + (<usize>count << 2), <u32>term);
  count++;
}

/** target = base + what the list says; empties the list. */
@inline
function combineList<T>(step: StepProgram, target: usize, base: usize): void {
  combine<T>(target, base, count, step.factors, step.terms, step.bytes);
  count = 0;
}

@inline
function stateOf(step: StepProgram, i: i32, y: usize, y1: usize): usize {
  if (i == 0) return y;
  const state = at(step.states, i);
  return state == 0 ? y1 : state;
}

@inline
function evaluateStage<T>(step: StepProgram, i: i32, t: f64, state: usize): void {
  evaluateChain<T>(step.chain, t, step.rows, state, at(step.stages, i), at(step.kept, i));
}

/** g_i and k_i from the stages before. */
function computeStage<T>(step: StepProgram, i: i32, t: f64, h: f64, y: usize, y1: usize): void {
  for (let j = 0; j < i; j++) append<T>(step, aOf(step, i, j), h * aOf(step, i, j), at(step.stages, j));
  const state = stateOf(step, i, y, y1);
  combineList<T>(step, state, y);
  evaluateStage<T>(step, i, t + cOf(step, i) * h, state);
}

/** Stages 2 … s and y1 from y at t; k_1 must be there. @returns Σ (e / scale)²; 0 where atol is negative: no estimate */
export function attemptStep<T>(
  program: usize,
  t: f64,
  h: f64,
  y: usize,
  y1: usize,
  atol: f64,
  rtol: f64,
): f64 {
  const step = changetype<StepProgram>(program);
  const stageCount = step.stageCount;
  for (let i = 1; i < step.ownStages; i++) computeStage<T>(step, i, t, h, y, y1);
  if (step.ownStages < stageCount) {
    for (let j = 0; j < stageCount; j++) append<T>(step, bOf(step, j), h * bOf(step, j), at(step.stages, j));
    combineList<T>(step, y1, y);
  }
  if (atol < 0) return 0;
  let terms = 0;
  for (let j = 0; j < stageCount; j++) {
    if (errorWeightOf(step, j) == 0) continue;
    store<f64>(step.factors + (<usize>terms << 3), h * errorWeightOf(step, j));
    store<u32>(step.terms + (<usize>terms << 2), <u32>at(step.stages, j));
    terms++;
  }
  return errorSquares<T>(y, y1, step.entries, terms, step.factors, step.terms, atol, rtol);
}

/** k_1 and the stages up to the end stage again, from known states at the ends. @param withEnd 0: not the end stage */
export function replayStep<T>(program: usize, t: f64, h: f64, y: usize, y1: usize, withEnd: i32): void {
  const step = changetype<StepProgram>(program);
  const end = step.stageCount - 1;
  evaluateStage<T>(step, 0, t, y);
  for (let i = 1; i < end; i++) computeStage<T>(step, i, t, h, y, y1);
  if (withEnd != 0) evaluateStage<T>(step, end, t + h, y1);
}

/**
 * From ȳ of the step's end (`Bars.end`) to ȳ of its start, which takes its place.
 * @param endStage 0: unused, 1: shared with the step after, 2: at the end of the grid
 * @param outputs how many lie inside the step
 * @param ofError whether `Bars.error` holds a cotangent @param ofStiffness likewise `Bars.lastStage` and `Bars.lastState`;
 * `Bars.start` holds one, or zeros, where one of them does
 */
export function pullStep<T>(
  program: usize,
  t: f64,
  h: f64,
  y: usize,
  y1: usize,
  endStage: i32,
  outputs: i32,
  ofError: i32,
  ofStiffness: i32,
): void {
  const step = changetype<StepProgram>(program);
  const bars = changetype<Bars>(step.bars);
  const end = step.stageCount - 1;
  const ownStages = step.ownStages;
  for (let i = endStage == 0 ? end - 1 : end; i >= 1; i--) {
    const base: usize = i == end && endStage == 1 ? bars.handedBack : 0;
    stageCotangent<T>(step, bars, bars.stage, base, i, h, outputs, ofError, ofStiffness);
    const stateBar = at(step.stateBars, i);
    const state = stateOf(step, i, y, y1);
    const time = t + cOf(step, i) * h;
    pullChain<T>(step.chain, time, step.rows, state, at(step.stages, i), at(step.kept, i), bars.stage, stateBar, 1);
    if (ofStiffness != 0 && i >= ownStages - 2) addSigned<T>(step, bars, stateBar, i);
    // g of the end stage is y1: its cotangent joins ȳ1 before the other stages see it.
    if (i == end) {
      append<T>(step, 1, 1, stateBar);
      combineList<T>(step, bars.end, bars.end);
    }
  }
  stageCotangent<T>(step, bars, bars.handedBack, 0, 0, h, outputs, ofError, ofStiffness);
  const toStart = ofStiffness != 0 && ownStages == 2;
  if (toStart) addSigned<T>(step, bars, bars.start, 0);
  if (toStart || ofError != 0) append<T>(step, 1, 1, bars.start);
  for (let i = 1; i < end; i++) append<T>(step, 1, 1, at(step.stateBars, i));
  for (let m = 0; m < outputs; m++) append<T>(step, 1, 1, at(step.outputBars, m));
  combineList<T>(step, bars.end, bars.end);
}

/** target = base + k̄_i. */
function stageCotangent<T>(
  step: StepProgram,
  bars: Bars,
  target: usize,
  base: usize,
  i: i32,
  h: f64,
  outputs: i32,
  ofError: i32,
  ofStiffness: i32,
): void {
  appendScaled<T>(step, h * bOf(step, i), bars.end);
  for (let m = 0; m < outputs; m++) {
    appendScaled<T>(step, h * double(step.outputWeights, m * step.stageCount + i), at(step.outputBars, m));
  }
  if (ofError != 0) appendScaled<T>(step, h * errorWeightOf(step, i), bars.error);
  for (let j = i + 1; j < step.stageCount - 1; j++) appendScaled<T>(step, h * aOf(step, j, i), at(step.stateBars, j));
  if (ofStiffness != 0) {
    if (i == step.ownStages - 1) appendScaled<T>(step, 1, bars.lastStage);
    else if (i == step.ownStages - 2) appendScaled<T>(step, -1, bars.lastStage);
  }
  combineList<T>(step, target, base);
}

@inline
function appendScaled<T>(step: StepProgram, coefficient: f64, term: usize): void {
  append<T>(step, coefficient, coefficient, term);
}

/** target ± what the stiffness estimate adds: the method's last stage has +, the one before −. */
function addSigned<T>(step: StepProgram, bars: Bars, target: usize, i: i32): void {
  if (i >= step.ownStages) return;
  appendScaled<T>(step, i == step.ownStages - 1 ? 1 : -1, bars.lastState);
  combineList<T>(step, target, target);
}
