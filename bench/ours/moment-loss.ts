/** The loss of the spiral SDE: mean squared error of the paths' mean plus that of their variance (n − 1). */
import type { SdeTargets } from '../problems/problem.js';

export interface MomentLoss {
  readonly loss: number;
  /** ∂loss/∂output, one rows × columns matrix for each output time. */
  readonly bars: readonly Float64Array[];
}

/** @param outputs rows × columns for each output time; the targets hold `columns` values for each */
export function momentLoss(
  outputs: readonly Float64Array[],
  { mean, variance }: Extract<SdeTargets, { readonly kind: 'moments' }>,
): MomentLoss {
  const columns = mean.length / outputs.length;
  const count = mean.length;
  let loss = 0;
  const bars = outputs.map((values, k) => {
    const rows = values.length / columns;
    const bar = new Float64Array(values.length);
    for (let column = 0; column < columns; column += 1) {
      let sum = 0;
      for (let at = column; at < values.length; at += columns) sum += values[at];
      const average = sum / rows;
      let squares = 0;
      for (let at = column; at < values.length; at += columns) squares += (values[at] - average) ** 2;
      const meanError = average - mean[k * columns + column];
      const varianceError = squares / (rows - 1) - variance[k * columns + column];
      loss += (meanError ** 2 + varianceError ** 2) / count;
      for (let at = column; at < values.length; at += columns) {
        bar[at] = (2 / count) * (meanError / rows + (varianceError * 2 * (values[at] - average)) / (rows - 1));
      }
    }
    return bar;
  });
  return { loss, bars };
}
