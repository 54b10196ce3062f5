/**
 * The module's exports: every kernel once for f32 and once for f64, named `<kernel>_<dtype>`.
 *
 * What each does, and its parameters, stand at the generic function of the same name; `calls.ts` is the host's view.
 */
import { evaluateChain, pullChain, pushChain } from './chain';
import { combine, multiply } from './combine';
import { crossEntropy } from './cross-entropy';
import { errorSquares, pullErrorNorm, scaledSquares, differenceSquares } from './norms';
import { adam, momentum } from './optimisers';
import { backwardBytes, forwardBytes, packBackward, packForward } from './pack';
import { attemptStep, pullStep, replayStep } from './runge-kutta';

/** First byte that the module itself does not use: the host's memory starts there. */
export function heapBase(): usize {
  return __heap_base;
}

export function evaluateChain_f32(program: usize, t: f64, rows: i32, x: usize, y: usize, kept: usize): void {
  evaluateChain<f32>(program, t, rows, x, y, kept);
}

export function evaluateChain_f64(program: usize, t: f64, rows: i32, x: usize, y: usize, kept: usize): void {
  evaluateChain<f64>(program, t, rows, x, y, kept);
}

export function pullChain_f32(
  program: usize,
  t: f64,
  rows: i32,
  x: usize,
  y: usize,
  kept: usize,
  yBar: usize,
  xBar: usize,
  intoGradient: i32,
): void {
  pullChain<f32>(program, t, rows, x, y, kept, yBar, xBar, intoGradient);
}

export function pullChain_f64(
  program: usize,
  t: f64,
  rows: i32,
  x: usize,
  y: usize,
  kept: usize,
  yBar: usize,
  xBar: usize,
  intoGradient: i32,
): void {
  pullChain<f64>(program, t, rows, x, y, kept, yBar, xBar, intoGradient);
}

export function pushChain_f32(
  program: usize,
  tDot: f64,
  rows: i32,
  x: usize,
  y: usize,
  kept: usize,
  xDot: usize,
  yDot: usize,
): void {
  pushChain<f32>(program, tDot, rows, x, y, kept, xDot, yDot);
}

export function pushChain_f64(
  program: usize,
  tDot: f64,
  rows: i32,
  x: usize,
  y: usize,
  kept: usize,
  xDot: usize,
  yDot: usize,
): void {
  pushChain<f64>(program, tDot, rows, x, y, kept, xDot, yDot);
}

export function attemptStep_f32(program: usize, t: f64, h: f64, y: usize, y1: usize, atol: f64, rtol: f64): f64 {
  return attemptStep<f32>(program, t, h, y, y1, atol, rtol);
}

export function attemptStep_f64(program: usize, t: f64, h: f64, y: usize, y1: usize, atol: f64, rtol: f64): f64 {
  return attemptStep<f64>(program, t, h, y, y1, atol, rtol);
}

export function replayStep_f32(program: usize, t: f64, h: f64, y: usize, y1: usize, withEnd: i32): void {
  replayStep<f32>(program, t, h, y, y1, withEnd);
}

export function replayStep_f64(program: usize, t: f64, h: f64, y: usize, y1: usize, withEnd: i32): void {
  replayStep<f64>(program, t, h, y, y1, withEnd);
}

export function pullStep_f32(
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
  pullStep<f32>(program, t, h, y, y1, endStage, outputs, ofError, ofStiffness);
}

export function pullStep_f64(
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
  pullStep<f64>(program, t, h, y, y1, endStage, outputs, ofError, ofStiffness);
}

export function combine_f32(
  target: usize,
  base: usize,
  count: i32,
  coefficients: usize,
  terms: usize,
  bytes: usize,
): void {
  combine<f32>(target, base, count, coefficients, terms, bytes);
}

export function combine_f64(
  target: usize,
  base: usize,
  count: i32,
  coefficients: usize,
  terms: usize,
  bytes: usize,
): void {
  combine<f64>(target, base, count, coefficients, terms, bytes);
}

export function multiply_f32(target: usize, base: usize, scale: f64, a: usize, b: usize, bytes: usize): void {
  multiply<f32>(target, base, scale, a, b, bytes);
}

export function multiply_f64(target: usize, base: usize, scale: f64, a: usize, b: usize, bytes: usize): void {
  multiply<f64>(target, base, scale, a, b, bytes);
}

export function crossEntropy_f32(
  logits: usize,
  labels: usize,
  rows: i32,
  classes: i32,
  bar: usize,
  scratch: usize,
  result: usize,
): f64 {
  return crossEntropy<f32>(logits, labels, rows, classes, bar, scratch, result);
}

export function crossEntropy_f64(
  logits: usize,
  labels: usize,
  rows: i32,
  classes: i32,
  bar: usize,
  scratch: usize,
  result: usize,
): f64 {
  return crossEntropy<f64>(logits, labels, rows, classes, bar, scratch, result);
}

export function errorSquares_f32(
  y0: usize,
  y1: usize,
  entries: i32,
  count: i32,
  factors: usize,
  stages: usize,
  atol: f64,
  rtol: f64,
): f64 {
  return errorSquares<f32>(y0, y1, entries, count, factors, stages, atol, rtol);
}

export function errorSquares_f64(
  y0: usize,
  y1: usize,
  entries: i32,
  count: i32,
  factors: usize,
  stages: usize,
  atol: f64,
  rtol: f64,
): f64 {
  return errorSquares<f64>(y0, y1, entries, count, factors, stages, atol, rtol);
}

export function pullErrorNorm_f32(
  y0: usize,
  y1: usize,
  entries: i32,
  count: i32,
  factors: usize,
  stages: usize,
  atol: f64,
  rtol: f64,
  factor: f64,
  eBar: usize,
  y0Bar: usize,
  y1Bar: usize,
): void {
  pullErrorNorm<f32>(y0, y1, entries, count, factors, stages, atol, rtol, factor, eBar, y0Bar, y1Bar);
}

export function pullErrorNorm_f64(
  y0: usize,
  y1: usize,
  entries: i32,
  count: i32,
  factors: usize,
  stages: usize,
  atol: f64,
  rtol: f64,
  factor: f64,
  eBar: usize,
  y0Bar: usize,
  y1Bar: usize,
): void {
  pullErrorNorm<f64>(y0, y1, entries, count, factors, stages, atol, rtol, factor, eBar, y0Bar, y1Bar);
}

export function scaledSquares_f32(a: usize, b: usize, y: usize, entries: i32, atol: f64, rtol: f64): f64 {
  return scaledSquares<f32>(a, b, y, entries, atol, rtol);
}

export function scaledSquares_f64(a: usize, b: usize, y: usize, entries: i32, atol: f64, rtol: f64): f64 {
  return scaledSquares<f64>(a, b, y, entries, atol, rtol);
}

export function differenceSquares_f32(a: usize, b: usize, entries: i32, factor: f64, aBar: usize): f64 {
  return differenceSquares<f32>(a, b, entries, factor, aBar);
}

export function differenceSquares_f64(a: usize, b: usize, entries: i32, factor: f64, aBar: usize): f64 {
  return differenceSquares<f64>(a, b, entries, factor, aBar);
}

export function adam_f32(
  parameters: usize,
  gradient: usize,
  m: usize,
  v: usize,
  count: i32,
  beta1: f64,
  beta2: f64,
  rate: f64,
  rootScale: f64,
  epsilon: f64,
): void {
  adam<f32>(parameters, gradient, m, v, count, beta1, beta2, rate, rootScale, epsilon);
}

export function adam_f64(
  parameters: usize,
  gradient: usize,
  m: usize,
  v: usize,
  count: i32,
  beta1: f64,
  beta2: f64,
  rate: f64,
  rootScale: f64,
  epsilon: f64,
): void {
  adam<f64>(parameters, gradient, m, v, count, beta1, beta2, rate, rootScale, epsilon);
}

export function momentum_f32(
  parameters: usize,
  gradient: usize,
  velocity: usize,
  count: i32,
  rate: f64,
  decay: f64,
): void {
  momentum<f32>(parameters, gradient, velocity, count, rate, decay);
}

export function momentum_f64(
  parameters: usize,
  gradient: usize,
  velocity: usize,
  count: i32,
  rate: f64,
  decay: f64,
): void {
  momentum<f64>(parameters, gradient, velocity, count, rate, decay);
}

export function packForward_f32(
  weights: usize,
  inputs: i32,
  outputs: i32,
  time: i32,
  biased: i32,
  target: usize,
): void {
  packForward<f32>(weights, inputs, outputs, time, biased, target);
}

export function packForward_f64(
  weights: usize,
  inputs: i32,
  outputs: i32,
  time: i32,
  biased: i32,
  target: usize,
): void {
  packForward<f64>(weights, inputs, outputs, time, biased, target);
}

export function packBackward_f32(weights: usize, inputs: i32, outputs: i32, time: i32, target: usize): void {
  packBackward<f32>(weights, inputs, outputs, time, target);
}

export function packBackward_f64(weights: usize, inputs: i32, outputs: i32, time: i32, target: usize): void {
  packBackward<f64>(weights, inputs, outputs, time, target);
}

export function forwardBytes_f32(inputs: i32, outputs: i32): usize {
  return forwardBytes<f32>(inputs, outputs);
}

export function forwardBytes_f64(inputs: i32, outputs: i32): usize {
  return forwardBytes<f64>(inputs, outputs);
}

export function backwardBytes_f32(inputs: i32, outputs: i32): usize {
  return backwardBytes<f32>(inputs, outputs);
}

export function backwardBytes_f64(inputs: i32, outputs: i32): usize {
  return backwardBytes<f64>(inputs, outputs);
}
