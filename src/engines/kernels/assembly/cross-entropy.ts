/** Softmax cross entropy with its gradient, in doubles whatever the dtype. */
import { expOfNegative, logarithm } from './exponential';

/**
 * Sum over rows of log Σ exp(z − max z) − (z_label − max z).
 * @param bar 0, or overwritten with (softmax(z) − one-hot) / rows @param scratch one double for each class
 * @param result i32: how many rows have their first largest entry at the label, or −1 − row of a label that is no class
 */
export function crossEntropy<T>(
  logits: usize,
  labels: usize,
  rows: i32,
  classes: i32,
  bar: usize,
  scratch: usize,
  result: usize,
): f64 {
  const rowBytes = <usize>classes * sizeof<T>();
  const share: f64 = 1.0 / <f64>rows;
  let sum: f64 = 0;
  let correct = 0;
  for (let row = 0; row < rows; row++, logits += rowBytes) {
    const asked = <f64>load<T>(labels + <usize>row * sizeof<T>());
    if (!(asked >= 0 && asked < <f64>classes && asked == Math.floor(asked))) {
      store<i32>(result, -1 - row);
      return 0;
    }
    const label = <i32>asked;
    let largest = <f64>load<T>(logits);
    let at = 0;
    for (let i = 1; i < classes; i++) {
      const z = <f64>load<T>(logits + <usize>i * sizeof<T>());
      if (z > largest) {
        largest = z;
        at = i;
      }
    }
    let total: f64 = 0;
    for (let i = 0; i < classes; i++) {
      const z = <f64>load<T>(logits + <usize>i * sizeof<T>());
      const e = f64x2.extract_lane(expOfNegative<f64>(f64x2.splat(z - largest)), 0);
      store<f64>(scratch + 8 * <usize>i, e);
      total += e;
    }
    sum += logarithm(total) - (<f64>load<T>(logits + <usize>label * sizeof<T>()) - largest);
    // A NaN among the logits makes the total NaN: such a row is never correct.
    if (at == label && total == total) correct++;
    if (bar != 0) {
      for (let i = 0; i < classes; i++, bar += sizeof<T>()) {
        const probability = load<f64>(scratch + 8 * <usize>i) / total;
        store<T>(bar, <T>((probability - (i == label ? 1.0 : 0.0)) * share));
      }
    }
  }
  store<i32>(result, correct);
  return sum;
}
