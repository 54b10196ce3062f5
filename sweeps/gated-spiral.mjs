/**
 * A task of one's own whose field is a function of tfjs tensors: what no chain of layers expresses, here a gate that
 * multiplies. It runs on the engine tensorflow (`npm run setup:tensorflow`); copy it and change the function.
 *
 * Data: trajectories of du/dt = A u³, A = [[−0.1, 2], [−2, −0.1]], from random starts.
 */
import { defineTask, solve, tfjsField, withDefaults, z } from 'paretode';

const saveat = Array.from({ length: 16 }, (_, k) => k / 10);
const truth = (t, [u, v]) => [-0.1 * u ** 3 + 2 * v ** 3, -2 * u ** 3 - 0.1 * v ** 3];

async function trajectories(count, stream) {
  const inputs = Float64Array.from({ length: 2 * count }, () => stream.uniformBetween(-1.5, 1.5));
  const values = new Float64Array(saveat.length * inputs.length);
  for (let row = 0; row < count; row += 1) {
    const { outputs } = await solve({ f: truth, y0: inputs.slice(2 * row, 2 * row + 2), t1: 1.5, saveat, rtol: 1e-8 });
    outputs.forEach((state, k) => values.set(state, k * inputs.length + 2 * row));
  }
  const targets = { kind: 'trajectories', values, times: saveat.length, columns: 2 };
  return { count, inputs, inputColumns: 2, inputScale: 1, targets };
}

export default defineTask({
  name: 'gated-spiral',
  summary: 'Spiral trajectories fitted by a gated field, W (σ(U y + a) ⊙ tanh(V y³ + b)), written in tfjs.',
  field: 'tfjs',
  parameters: z.strictObject({
    ...withDefaults({ engine: 'tensorflow', epochs: 20, batch_size: 32 }),
    hidden: z.int().positive().default(32).describe('width of the gate and of what it lets through'),
  }),
  async create({ random }, { hidden }) {
    const field = tfjsField({
      name: 'gated spiral',
      inputs: 2,
      parameters: { U: [2, hidden], a: [hidden], V: [2, hidden], b: [hidden], W: [hidden, 2] },
      field: (tf, { U, a, V, b, W }, t, y) => {
        const gate = tf.sigmoid(tf.add(tf.matMul(y, U), a));
        const content = tf.tanh(tf.add(tf.matMul(tf.pow(y, 3), V), b));
        return tf.matMul(tf.mul(gate, content), W);
      },
    });
    return {
      model: { encode: null, field, decode: null, t0: 0, t1: 1.5, saveat },
      train: await trajectories(128, random('train')),
      test: await trajectories(32, random('test')),
    };
  },
});
