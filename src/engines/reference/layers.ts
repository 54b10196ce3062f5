/**
 * Each layer's map and its two derivatives by definition, one example (row) after the other.
 *
 * Invariant: `applyLayer` writes rows × outputs entries of y, `pushLayer` of yDot; `pullLayer` overwrites xBar and
 * adds to the gradient.
 */
import type { PlacedLayer } from '../chain-layout.js';
import type { ActivationKind } from '../layer.js';

/** y = layer(x) for `rows` rows; `theta` is the chain's part of the parameters. */
export function applyLayer(
  { layer, inputs, outputs, offset }: PlacedLayer,
  t: number,
  rows: number,
  theta: Float64Array,
  x: Float64Array,
  y: Float64Array,
): void {
  switch (layer.kind) {
    case 'dense': {
      const biases = offset + inputs * outputs;
      for (let row = 0; row < rows; row++) {
        for (let o = 0; o < outputs; o++) {
          let sum = layer.bias === false ? 0 : theta[biases + o];
          for (let i = 0; i < inputs; i++) sum += theta[offset + o * inputs + i] * x[row * inputs + i];
          y[row * outputs + o] = sum;
        }
      }
      return;
    }
    case 'concat-time':
      for (let row = 0; row < rows; row++) {
        y.set(x.subarray(row * inputs, (row + 1) * inputs), row * outputs);
        y[row * outputs + inputs] = t;
      }
      return;
    case 'power':
      for (let i = 0; i < rows * inputs; i++) y[i] = power(x[i], layer.exponent);
      return;
    case 'tanh':
    case 'relu':
    case 'sigmoid':
      for (let i = 0; i < rows * inputs; i++) y[i] = activate(layer.kind, x[i]);
  }
}

/** xBar = (∂y/∂x)ᵀ yBar, and gradient += (∂y/∂θ)ᵀ yBar, at the x and y of `applyLayer`. */
export function pullLayer(
  { layer, inputs, outputs, offset }: PlacedLayer,
  rows: number,
  theta: Float64Array,
  gradient: Float64Array,
  x: Float64Array,
  y: Float64Array,
  yBar: Float64Array,
  xBar: Float64Array,
): void {
  switch (layer.kind) {
    case 'dense': {
      const biases = offset + inputs * outputs;
      for (let row = 0; row < rows; row++) {
        for (let i = 0; i < inputs; i++) {
          let sum = 0;
          for (let o = 0; o < outputs; o++) sum += theta[offset + o * inputs + i] * yBar[row * outputs + o];
          xBar[row * inputs + i] = sum;
        }
        for (let o = 0; o < outputs; o++) {
          const cotangent = yBar[row * outputs + o];
          for (let i = 0; i < inputs; i++) gradient[offset + o * inputs + i] += cotangent * x[row * inputs + i];
          if (layer.bias !== false) gradient[biases + o] += cotangent;
        }
      }
      return;
    }
    case 'concat-time':
      for (let row = 0; row < rows; row++) {
        xBar.set(yBar.subarray(row * outputs, row * outputs + inputs), row * inputs);
      }
      return;
    case 'power':
      for (let i = 0; i < rows * inputs; i++) {
        xBar[i] = layer.exponent * power(x[i], layer.exponent - 1) * yBar[i];
      }
      return;
    case 'tanh':
    case 'relu':
    case 'sigmoid':
      for (let i = 0; i < rows * inputs; i++) xBar[i] = slope(layer.kind, y[i]) * yBar[i];
  }
}

/** yDot = (∂y/∂x) xDot + (∂y/∂t) tDot at the x and y of `applyLayer`. */
export function pushLayer(
  { layer, inputs, outputs, offset }: PlacedLayer,
  tDot: number,
  rows: number,
  theta: Float64Array,
  x: Float64Array,
  y: Float64Array,
  xDot: Float64Array,
  yDot: Float64Array,
): void {
  switch (layer.kind) {
    case 'dense':
      applyLayer({ layer: { ...layer, bias: false }, inputs, outputs, offset }, 0, rows, theta, xDot, yDot);
      return;
    case 'concat-time':
      applyLayer({ layer, inputs, outputs, offset }, tDot, rows, theta, xDot, yDot);
      return;
    case 'power':
      for (let i = 0; i < rows * inputs; i++) {
        yDot[i] = layer.exponent * power(x[i], layer.exponent - 1) * xDot[i];
      }
      return;
    case 'tanh':
    case 'relu':
    case 'sigmoid':
      for (let i = 0; i < rows * inputs; i++) yDot[i] = slope(layer.kind, y[i]) * xDot[i];
  }
}

function activate(kind: ActivationKind, x: number): number {
  switch (kind) {
    case 'tanh':
      return Math.tanh(x);
    case 'relu':
      return Math.max(x, 0);
    case 'sigmoid':
      return 1 / (1 + Math.exp(-x));
  }
}

/** Derivative of an activation as a function of its value y; relu has slope 0 at 0. */
function slope(kind: ActivationKind, y: number): number {
  switch (kind) {
    case 'tanh':
      return 1 - y * y;
    case 'relu':
      return y > 0 ? 1 : 0;
    case 'sigmoid':
      return y * (1 - y);
  }
}

/** x^exponent by repeated multiplication; exponent is an integer ≥ 0. */
function power(x: number, exponent: number): number {
  let product = 1;
  for (let i = 0; i < exponent; i++) product *= x;
  return product;
}
