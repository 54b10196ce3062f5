/** Losses on the model's outputs and their gradients, by definition. */
import type { ClassificationLoss } from '../engine.js';

/**
 * Mean over rows of log Σ exp(z − max z) − (z_label − max z); its gradient is (softmax(z) − one-hot) / rows.
 * @throws Error if a label is no class index.
 */
export function softmaxCrossEntropy(
  classes: number,
  logits: Float64Array,
  labels: Float64Array,
  logitsBar: Float64Array | null,
): ClassificationLoss {
  let sum = 0;
  let correct = 0;
  for (const [row, label] of labels.entries()) {
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new Error(`softmaxCrossEntropy: the label of row ${row} is ${label}, not one of ${classes} classes.`);
    }
    const z = logits.subarray(row * classes, (row + 1) * classes);
    const largest = z.reduce((a, b) => Math.max(a, b), -Infinity);
    const exponentials = z.map((entry) => Math.exp(entry - largest));
    const total = exponentials.reduce((a, b) => a + b, 0);
    sum += Math.log(total) - (z[label] - largest);
    if (z.indexOf(largest) === label) correct++;
    for (let i = 0; logitsBar !== null && i < classes; i++) {
      logitsBar[row * classes + i] = (exponentials[i] / total - (i === label ? 1 : 0)) / labels.length;
    }
  }
  return { loss: sum / labels.length, correct };
}

/** Mean of (output − target)² over all entries of all pairs; its gradient is 2 (output − target) / count. */
export function meanSquaredError(
  outputs: readonly Float64Array[],
  targets: readonly Float64Array[],
  outputBars: readonly Float64Array[] | null,
): number {
  const count = outputs.reduce((entries, output) => entries + output.length, 0);
  let sum = 0;
  for (const [pair, output] of outputs.entries()) {
    for (const [i, value] of output.entries()) {
      const difference = value - targets[pair][i];
      sum += difference ** 2;
      if (outputBars !== null) outputBars[pair][i] = (2 * difference) / count;
    }
  }
  return sum / count;
}
