/**
 * A dense layer with the time column before it and the activation behind it, as one call each way.
 *
 * y = act(W x + (b + t w_t)). With dz = yBar · act′(y): W̄ += dzᵀ x, b̄ += Σ dz, w̄_t += t Σ dz, xBar = dz W.
 * Sums over rows of a batch run in blocks of `OUTER_ROWS`, in one fixed order.
 */
import { NONE, activate } from './activation';
import { OUTER_ROWS, addOuterProducts, columnSums } from './outer';
import { biasesOf } from './pack';
import { BLOCK_ROWS, multiplyBlock } from './product';
import { vectorBytes } from './vector';

/**
 * @param packed by `packForward` @param biased 0: without b, as a tangent passes @param start scratch for one row of
 * outputs, filled up to whole vectors
 */
export function denseForward<T>(
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
  const padded = vectorBytes<T>(outputs);
  const biases = biasesOf<T>(packed, inputs, outputs);
  const time = v128.splat<T>(<T>t);
  for (let at: usize = 0; at < padded; at += 16) {
    const shift = v128.mul<T>(time, v128.load(biases + padded + at));
    v128.store(start + at, biased != 0 ? v128.add<T>(v128.load(biases + at), shift) : shift);
  }
  for (let row = 0; row < rows; row += BLOCK_ROWS) {
    const count = min(BLOCK_ROWS, rows - row);
    const target = y + <usize>row * outputs * sizeof<T>();
    multiplyBlock<T>(x + <usize>row * inputs * sizeof<T>(), count, inputs, packed, outputs, start, 32, target);
    if (activation != NONE) activate<T>(activation, target, count * outputs, target);
  }
}

/** xBar = dz W. @param packed by `packBackward` @param zeros 32 bytes of zeros */
export function denseInputCotangent<T>(
  dz: usize,
  rows: i32,
  inputs: i32,
  outputs: i32,
  packed: usize,
  zeros: usize,
  xBar: usize,
): void {
  for (let row = 0; row < rows; row += BLOCK_ROWS) {
    const count = min(BLOCK_ROWS, rows - row);
    const from = dz + <usize>row * outputs * sizeof<T>();
    multiplyBlock<T>(from, count, outputs, packed, inputs, zeros, 0, xBar + <usize>row * inputs * sizeof<T>());
  }
}

/**
 * Adds W̄, w̄_t and b̄ to the gradient, which lies as the weights do.
 * @param scratch for one row of outputs, filled up to whole vectors
 */
export function denseGradient<T>(
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
  const stride = <usize>(inputs + time) * sizeof<T>();
  for (let row = 0; row < rows; row += OUTER_ROWS) {
    const count = min(OUTER_ROWS, rows - row);
    addOuterProducts<T>(count, dz, outputs, x, inputs, gradient, stride);
    if (biased != 0 || time != 0) addColumnSums<T>(t, dz, count, inputs, outputs, time, biased, gradient, scratch);
    x += <usize>(count * inputs) * sizeof<T>();
    dz += <usize>(count * outputs) * sizeof<T>();
  }
}

/** b̄ += Σ dz and w̄_t += t Σ dz. @param sums scratch for one row of outputs */
function addColumnSums<T>(
  t: f64,
  dz: usize,
  rows: i32,
  inputs: i32,
  outputs: i32,
  time: i32,
  biased: i32,
  gradient: usize,
  sums: usize,
): void {
  columnSums<T>(rows, dz, outputs, sums);
  const stride = <usize>(inputs + time) * sizeof<T>();
  const biases = gradient + <usize>outputs * stride;
  for (let o: usize = 0; o < <usize>outputs; o++) {
    const sum = load<T>(sums + o * sizeof<T>());
    if (biased != 0) {
      const bias = biases + o * sizeof<T>();
      store<T>(bias, load<T>(bias) + sum);
    }
    if (time != 0) {
      const weight = gradient + o * stride + <usize>inputs * sizeof<T>();
      store<T>(weight, load<T>(weight) + <T>t * sum);
    }
  }
}
