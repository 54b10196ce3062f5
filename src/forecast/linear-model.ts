/**
 * Bayesian linear regression with a normal–inverse-gamma prior (Gelman et al., Bayesian Data Analysis, 3rd ed., chapter 14):
 * closed form, honest about what few samples cannot say.
 *
 * y = b0 + b·x + noise, features in [−1, 1]. With no sample it predicts the prior's centre, with wide spread; every sample
 * narrows it, near the samples most.
 */

export interface Prediction {
  readonly mean: number;
  /** Standard deviation of what is not known of the mean. */
  readonly uncertainty: number;
  /** Standard deviation of one value about its mean. */
  readonly noise: number;
}

export interface LinearModel {
  predict(features: Float64Array): Prediction;
}

export interface LinearPrior {
  /** Of the intercept; the samples' mean serves. */
  readonly center: number;
  /** Standard deviation of the intercept, and of each slope, about what is expected of them. */
  readonly spread: number;
  /** Expected standard deviation of the noise, and how many samples that expectation is worth. */
  readonly noise: number;
  readonly noiseSamples: number;
}

/**
 * @param features n vectors of one length d
 * @param values n numbers
 * Cost: n·d² + d³.
 */
export function fitLinearModel(
  features: readonly Float64Array[],
  values: readonly number[],
  prior: LinearPrior,
): LinearModel {
  const d = (features.at(0)?.length ?? 0) + 1;
  // In units of the prior: the precision matrix is XᵀX·spread²/noise² + I, which is never singular.
  const scale = prior.spread / prior.noise;
  const precision = new Float64Array(d * d);
  const moment = new Float64Array(d);
  let squares = 0;
  for (const [index, vector] of features.entries()) {
    const rest = (values[index] - prior.center) / prior.noise;
    squares += rest * rest;
    for (let row = 0; row < d; row += 1) {
      const left = scale * entry(vector, row);
      moment[row] += left * rest;
      for (let column = 0; column <= row; column += 1) {
        precision[row * d + column] += left * scale * entry(vector, column);
      }
    }
  }
  for (let row = 0; row < d; row += 1) precision[row * d + row] += 1;
  const factor = cholesky(precision, d);
  const whitened = forwardSolve(factor, moment, d);
  const coefficients = backwardSolve(factor, whitened, d);
  // Inverse gamma: shape and rate in halves, so that the prior counts as `noiseSamples` samples.
  const explained = whitened.reduce((sum, value) => sum + value * value, 0);
  const variance = (prior.noiseSamples + Math.max(0, squares - explained)) / (prior.noiseSamples + features.length);
  const noise = prior.noise * Math.sqrt(variance);
  return {
    predict: (vector) => {
      const scaled = Float64Array.from({ length: d }, (_, index) => scale * entry(vector, index));
      const along = forwardSolve(factor, scaled, d);
      const mean = scaled.reduce((sum, value, index) => sum + value * coefficients[index], 0);
      const leverage = along.reduce((sum, value) => sum + value * value, 0);
      return { mean: prior.center + prior.noise * mean, uncertainty: noise * Math.sqrt(leverage), noise };
    },
  };
}

/** Of the vector with a leading 1, for the intercept. */
function entry(vector: Float64Array, index: number): number {
  return index === 0 ? 1 : vector[index - 1];
}

/** Lower factor of a symmetric positive definite matrix, given by its lower half. */
function cholesky(matrix: Float64Array, d: number): Float64Array {
  const factor = new Float64Array(d * d);
  for (let row = 0; row < d; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      let sum = matrix[row * d + column];
      for (let k = 0; k < column; k += 1) sum -= factor[row * d + k] * factor[column * d + k];
      factor[row * d + column] = row === column ? Math.sqrt(sum) : sum / factor[column * d + column];
    }
  }
  return factor;
}

function forwardSolve(factor: Float64Array, right: Float64Array, d: number): Float64Array {
  const solution = new Float64Array(d);
  for (let row = 0; row < d; row += 1) {
    let sum = right[row];
    for (let k = 0; k < row; k += 1) sum -= factor[row * d + k] * solution[k];
    solution[row] = sum / factor[row * d + row];
  }
  return solution;
}

function backwardSolve(factor: Float64Array, right: Float64Array, d: number): Float64Array {
  const solution = new Float64Array(d);
  for (let row = d - 1; row >= 0; row -= 1) {
    let sum = right[row];
    for (let k = row + 1; k < d; k += 1) sum -= factor[k * d + row] * solution[k];
    solution[row] = sum / factor[row * d + row];
  }
  return solution;
}
