/**
 * [concat-time,] dense [, activation] as one step: y = act(x Wᵀ + (b + t w)), w the column of W that meets time.
 *
 * Time never becomes a column of x: b + t w is formed on the host, and its gradient is the product of two rows, ones and
 * t, with dz. W, b and w are taken out of the flat parameters on first use after these changed.
 */
import type { DensePiece } from '../fused-layers.js';
import type { Handle } from './binding.js';
import type { Operations } from './operations.js';
import type { GradientSource, TensorflowParameters } from './parameters.js';
import type { Step } from './step.js';

export class DenseStep implements Step, GradientSource {
  #version = -1;
  #weights: Handle | null = null;
  #biases = new Float32Array();
  #timeWeights = new Float32Array();
  /** b + t w, and for which t. */
  #start: Handle | null = null;
  #startTime = NaN;
  /** The rows whose product with dz are the gradients of b and of w, and for which rows and t. */
  #reducer: Handle | null = null;
  #reducerRows = 0;
  #reducerTime = NaN;
  /** What `deliver` will add: outputs × inputs, and one row each for b and w. */
  #weightSum: Handle | null = null;
  #rowSums: Handle | null = null;

  constructor(
    private readonly operations: Operations,
    private readonly parameters: TensorflowParameters,
    private readonly shape: DensePiece,
  ) {}

  evaluate(t: number, x: Handle): Handle {
    const { operations, shape } = this;
    let z = operations.matMul(x, this.#currentWeights(), false, true);
    if (shape.bias || shape.time) z = operations.biasAdd(z, this.#startAt(t));
    return shape.activation === 'none' ? z : operations.activate(shape.activation, z);
  }

  pushforward(tDot: number, _x: Handle, y: Handle, xDot: Handle): Handle {
    const { operations, shape } = this;
    let zDot = operations.matMul(xDot, this.#currentWeights(), false, true);
    if (shape.time && tDot !== 0) {
      const slope = operations.upload(
        [shape.outputs],
        this.#timeWeights.map((weight) => tDot * weight),
      );
      zDot = operations.biasAdd(zDot, slope);
      operations.release(slope);
    }
    return shape.activation === 'none' ? zDot : operations.activationSlope(shape.activation, y, zDot);
  }

  pullback(
    t: number,
    rows: number,
    x: Handle,
    y: Handle,
    yBar: Handle,
    wanted: boolean,
    intoGradient: boolean,
  ): Handle | null {
    const { operations, shape } = this;
    const dz = shape.activation === 'none' ? yBar : operations.activationSlope(shape.activation, y, yBar);
    if (intoGradient) {
      this.#weightSum = this.#added(this.#weightSum, () => operations.matMul(dz, x, true, false));
      if (shape.bias || shape.time) {
        const reducer = this.#reducerAt(t, rows);
        this.#rowSums = this.#added(this.#rowSums, () => operations.matMul(reducer, dz, false, false));
      }
      this.parameters.gradient.expect(this);
    }
    return wanted ? operations.matMul(dz, this.#currentWeights(), false, false) : null;
  }

  deliver(gradient: Float32Array): void {
    const { inputs, outputs, time, bias, offset } = this.shape;
    if (this.#weightSum !== null) {
      const sums = this.operations.download(this.#weightSum);
      const stride = inputs + (time ? 1 : 0);
      for (let o = 0; o < outputs; o++) {
        for (let i = 0; i < inputs; i++) gradient[offset + o * stride + i] += sums[o * inputs + i];
      }
    }
    if (this.#rowSums !== null) {
      const sums = this.operations.download(this.#rowSums);
      const stride = inputs + (time ? 1 : 0);
      for (let o = 0; o < outputs; o++) {
        if (time) gradient[offset + o * stride + inputs] += sums[outputs + o];
        if (bias) gradient[offset + outputs * stride + o] += sums[o];
      }
    }
    this.discard();
  }

  discard(): void {
    for (const handle of [this.#weightSum, this.#rowSums]) if (handle !== null) this.operations.release(handle);
    this.#weightSum = null;
    this.#rowSums = null;
  }

  dispose(): void {
    // What it still holds for a gradient that lives on must get there.
    if (this.parameters.live) this.parameters.gradient.entries();
    this.#forgetParameters();
    if (this.#reducer !== null) this.operations.release(this.#reducer);
  }

  /** sum + addend() as the new sum, that outlives the current `within`. */
  #added(sum: Handle | null, addend: () => Handle): Handle {
    const { operations } = this;
    const next = operations.lasting(() => (sum === null ? addend() : operations.add(sum, addend())));
    if (sum !== null) operations.release(sum);
    return next;
  }

  #currentWeights(): Handle {
    const { parameters } = this;
    if (this.#weights !== null && this.#version === parameters.version) return this.#weights;
    this.#forgetParameters();
    const { inputs, outputs, time, bias, offset } = this.shape;
    const theta = parameters.values.entries();
    const stride = inputs + (time ? 1 : 0);
    const weights = new Float32Array(outputs * inputs);
    this.#biases = new Float32Array(outputs);
    this.#timeWeights = new Float32Array(outputs);
    for (let o = 0; o < outputs; o++) {
      const row = offset + o * stride;
      weights.set(theta.subarray(row, row + inputs), o * inputs);
      if (time) this.#timeWeights[o] = theta[row + inputs];
      if (bias) this.#biases[o] = theta[offset + outputs * stride + o];
    }
    this.#version = parameters.version;
    return (this.#weights = this.operations.upload([outputs, inputs], weights));
  }

  #startAt(t: number): Handle {
    const time = this.shape.time ? t : 0;
    if (this.#start !== null && this.#startTime === time) return this.#start;
    if (this.#start !== null) this.operations.release(this.#start);
    this.#startTime = time;
    const start = this.#biases.map((bias, o) => bias + time * this.#timeWeights[o]);
    return (this.#start = this.operations.upload([this.shape.outputs], start));
  }

  #reducerAt(t: number, rows: number): Handle {
    const time = this.shape.time ? t : 0;
    if (this.#reducer !== null && this.#reducerRows === rows && this.#reducerTime === time) return this.#reducer;
    if (this.#reducer !== null) this.operations.release(this.#reducer);
    this.#reducerRows = rows;
    this.#reducerTime = time;
    const factors = new Float32Array(2 * rows).fill(1, 0, rows).fill(time, rows);
    return (this.#reducer = this.operations.upload([2, rows], factors));
  }

  #forgetParameters(): void {
    for (const handle of [this.#weights, this.#start]) if (handle !== null) this.operations.release(handle);
    this.#weights = null;
    this.#start = null;
  }
}
