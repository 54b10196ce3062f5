/** Fields as tfjs functions beside the same nets as layers, for tests. */
import type { Chain } from '../../src/engines/layer.js';
import type { TfjsField } from '../../src/engines/tfjs/field.js';
import type { TfjsTensor } from '../../src/engines/tfjs/tfjs.js';
import { activation, chain, concatTime, dense, power } from '../../src/models/chain.js';
import { tfjsField } from '../../src/models/tfjs-field.js';

/** The part of tfjs that these fields use. */
export interface Tf {
  matMul(a: TfjsTensor, b: TfjsTensor, transposeA?: boolean, transposeB?: boolean): TfjsTensor;
  add(a: TfjsTensor, b: TfjsTensor | number): TfjsTensor;
  sub(a: TfjsTensor, b: TfjsTensor | number): TfjsTensor;
  mul(a: TfjsTensor, b: TfjsTensor | number): TfjsTensor;
  tanh(x: TfjsTensor): TfjsTensor;
  sigmoid(x: TfjsTensor): TfjsTensor;
  pow(x: TfjsTensor, exponent: number): TfjsTensor;
  concat(parts: readonly TfjsTensor[], axis: number): TfjsTensor;
  broadcastTo(x: TfjsTensor, shape: readonly number[]): TfjsTensor;
  argMax(x: TfjsTensor, axis: number): TfjsTensor;
  keep(x: TfjsTensor): TfjsTensor;
  ones(shape: readonly number[]): TfjsTensor;
  tensor(values: Float32Array, shape: readonly number[]): TfjsTensor;
  greater(a: TfjsTensor, b: number): TfjsTensor;
}

export type Given = Readonly<Record<string, TfjsTensor>>;

/** A net whose parameters lie in the flat vector as those of `layers` do: W [outputs, inputs], then b. */
export interface Net {
  readonly layers: Chain;
  readonly field: TfjsField;
}

/** W2 tanh(W1 y³ + b1) + b2. */
export function spiralNet(columns: number, hidden: number): Net {
  return {
    layers: chain(columns, [power(3), dense(hidden), activation('tanh'), dense(columns)]),
    field: tfjsField({
      name: 'spiral',
      inputs: columns,
      parameters: { W1: [hidden, columns], b1: [hidden], W2: [columns, hidden], b2: [columns] },
      field: (tf: Tf, { W1, b1, W2, b2 }: Given, _t: TfjsTensor, y: TfjsTensor) => {
        const inner = tf.tanh(tf.add(tf.matMul(tf.pow(y, 3), W1, false, true), b1));
        return tf.add(tf.matMul(inner, W2, false, true), b2);
      },
    }),
  };
}

/** tanh(W2 [σ(W1 [y; t] + b1); t] + b2). */
export function timedNet(columns: number, hidden: number): Net {
  const withTime = (tf: Tf, x: TfjsTensor, t: TfjsTensor): TfjsTensor =>
    tf.concat([x, tf.broadcastTo(t, [x.shape[0], 1])], 1);
  return {
    layers: chain(columns, [
      concatTime(),
      dense(hidden),
      activation('sigmoid'),
      concatTime(),
      dense(columns),
      activation('tanh'),
    ]),
    field: tfjsField({
      name: 'timed',
      inputs: columns,
      parameters: { W1: [hidden, columns + 1], b1: [hidden], W2: [columns, hidden + 1], b2: [columns] },
      field: (tf: Tf, { W1, b1, W2, b2 }: Given, t: TfjsTensor, y: TfjsTensor) => {
        const inner = tf.sigmoid(tf.add(tf.matMul(withTime(tf, y, t), W1, false, true), b1));
        return tf.tanh(tf.add(tf.matMul(withTime(tf, inner, t), W2, false, true), b2));
      },
    }),
  };
}
