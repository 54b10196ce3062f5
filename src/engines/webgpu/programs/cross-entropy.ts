/** Softmax cross entropy: a row an invocation; logarithms and sums over rows are left to the host's doubles. */
import type { ClassificationLoss } from '../../engine.js';
import { defineEntrywise } from '../program.js';
import { elementaryCode } from './elementary.js';

/** Words that each row leaves: Σ exp(z − max z), z_label − max z, whether the first largest is at the label, the label. */
export const rowWords = 4;

/** `wanted` ≠ 0: `bar` becomes (softmax(z) − one-hot) · share. */
export const crossEntropy = defineEntrywise(
  'cross entropy',
  { logits: 'u32', labels: 'u32', classes: 'u32', bar: 'u32', wanted: 'u32', share: 'f32', rows: 'u32' },
  elementaryCode,
  `let first = call.logits + i * call.classes;
    let asked = memory[call.labels + i];
    var label = 0u;
    if (asked >= 0.0f && asked < f32(call.classes)) { label = u32(asked); }
    var largest = memory[first];
    var at = 0u;
    for (var j = 1u; j < call.classes; j++) {
      if (memory[first + j] > largest) {
        largest = memory[first + j];
        at = j;
      }
    }
    var total = 0.0f;
    for (var j = 0u; j < call.classes; j++) { total += exp_of_negative(memory[first + j] - largest); }
    if (call.wanted != 0u) {
      for (var j = 0u; j < call.classes; j++) {
        let probability = exp_of_negative(memory[first + j] - largest) / total;
        memory[call.bar + i * call.classes + j] = (probability - select(0.0f, 1.0f, j == label)) * call.share;
      }
    }
    let place = call.rows + ${rowWords}u * i;
    memory[place] = total;
    memory[place + 1u] = memory[first + label] - largest;
    memory[place + 2u] = select(0.0f, 1.0f, at == label);
    memory[place + 3u] = asked;`,
);

/** @param rows what `crossEntropy` left @throws Error if a label is no class index */
export function lossOf(rows: Float32Array, classes: number): ClassificationLoss {
  let sum = 0;
  let correct = 0;
  for (let i = 0; i < rows.length; i += rowWords) {
    const [total, shifted, hit, label] = rows.subarray(i, i + rowWords);
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      const row = i / rowWords;
      throw new Error(`softmaxCrossEntropy: the label of row ${row} is ${label}, not one of ${classes} classes.`);
    }
    sum += Math.log(total) - shifted;
    // A NaN among the logits makes the total NaN: such a row is never correct.
    if (hit === 1 && !Number.isNaN(total)) correct += 1;
  }
  return { loss: (sum * rowWords) / rows.length, correct };
}
