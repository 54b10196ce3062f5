/**
 * The module's exports: every kernel once for f32 and once for f64, named `<kernel>_<dtype>`.
 *
 * What each does, and its parameters, stand at the generic function of the same name; `calls.ts` is the host's view.
 */
import { activate, pullActivation, power, pullPower } from './activation';
import { combine, multiply } from './combine';
import { combineProducts } from './combine-products';
import { crossEntropy } from './cross-entropy';
import { denseForward, denseInputCotangent, denseGradient } from './dense';
import { errorSquares, pullErrorNorm, scaledSquares, differenceSquares } from './norms';
import { adam, momentum } from './optimisers';
import { packForward, packPanels } from './pack';

/** First byte that the module itself does not use: the host's memory starts there. */
export function heapBase(): usize {
  return __heap_base;
}

export { brownianJoin, brownianRoot, brownianSplit } from './brownian';

export function activate_f32(kind: i32, x: usize, count: i32, target: usize): void {
  activate<f32>(kind, x, count, target);
}

export function activate_f64(kind: i32, x: usize, count: i32, target: usize): void {
  activate<f64>(kind, x, count, target);
}

export function pullActivation_f32(kind: i32, y: usize, yBar: usize, count: i32, xBar: usize): void {
  pullActivation<f32>(kind, y, yBar, count, xBar);
}

export function pullActivation_f64(kind: i32, y: usize, yBar: usize, count: i32, xBar: usize): void {
  pullActivation<f64>(kind, y, yBar, count, xBar);
}

export function power_f32(exponent: i32, x: usize, count: i32, target: usize): void {
  power<f32>(exponent, x, count, target);
}

export function power_f64(exponent: i32, x: usize, count: i32, target: usize): void {
  power<f64>(exponent, x, count, target);
}

export function pullPower_f32(exponent: i32, x: usize, yBar: usize, count: i32, xBar: usize): void {
  pullPower<f32>(exponent, x, yBar, count, xBar);
}

export function pullPower_f64(exponent: i32, x: usize, yBar: usize, count: i32, xBar: usize): void {
  pullPower<f64>(exponent, x, yBar, count, xBar);
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

export function combineProducts_f32(
  target: usize,
  base: usize,
  count: i32,
  products: usize,
  coefficients: usize,
  terms: usize,
  bytes: usize,
): void {
  combineProducts<f32>(target, base, count, products, coefficients, terms, bytes);
}

export function combineProducts_f64(
  target: usize,
  base: usize,
  count: i32,
  products: usize,
  coefficients: usize,
  terms: usize,
  bytes: usize,
): void {
  combineProducts<f64>(target, base, count, products, coefficients, terms, bytes);
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

export function denseForward_f32(
  t: f64,
  x: usize,
  rows: i32,
  inputs: i32,
  outputs: i32,
  packed: usize,
  biased: i32,
  start: usize,
  activation: i32,
  y: usize,
): void {
  denseForward<f32>(t, x, rows, inputs, outputs, packed, biased, start, activation, y);
}

export function denseForward_f64(
  t: f64,
  x: usize,
  rows: i32,
  inputs: i32,
  outputs: i32,
  packed: usize,
  biased: i32,
  start: usize,
  activation: i32,
  y: usize,
): void {
  denseForward<f64>(t, x, rows, inputs, outputs, packed, biased, start, activation, y);
}

export function denseInputCotangent_f32(
  dz: usize,
  rows: i32,
  inputs: i32,
  outputs: i32,
  packed: usize,
  zeros: usize,
  xBar: usize,
): void {
  denseInputCotangent<f32>(dz, rows, inputs, outputs, packed, zeros, xBar);
}

export function denseInputCotangent_f64(
  dz: usize,
  rows: i32,
  inputs: i32,
  outputs: i32,
  packed: usize,
  zeros: usize,
  xBar: usize,
): void {
  denseInputCotangent<f64>(dz, rows, inputs, outputs, packed, zeros, xBar);
}

export function denseGradient_f32(
  t: f64,
  x: usize,
  dz: usize,
  rows: i32,
  inputs: i32,
  outputs: i32,
  time: i32,
  biased: i32,
  gradient: usize,
  scratch: usize,
): void {
  denseGradient<f32>(t, x, dz, rows, inputs, outputs, time, biased, gradient, scratch);
}

export function denseGradient_f64(
  t: f64,
  x: usize,
  dz: usize,
  rows: i32,
  inputs: i32,
  outputs: i32,
  time: i32,
  biased: i32,
  gradient: usize,
  scratch: usize,
): void {
  denseGradient<f64>(t, x, dz, rows, inputs, outputs, time, biased, gradient, scratch);
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

export function packPanels_f32(source: usize, rows: i32, columns: i32, stride: i32, target: usize): void {
  packPanels<f32>(source, rows, columns, stride, target);
}

export function packPanels_f64(source: usize, rows: i32, columns: i32, stride: i32, target: usize): void {
  packPanels<f64>(source, rows, columns, stride, target);
}
