/** Loads TensorFlow from a folder and multiplies two matrices with it: `node setup/tensorflow-check.cjs FOLDER`. */
const { createRequire } = require('node:module');
const { join } = require('node:path');
const process = require('node:process');
const util = require('node:util');

// tfjs-node calls it; Node.js 23 has it no more.
util.isNullOrUndefined ??= (value) => value === null || value === undefined;
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
const tf = createRequire(join(process.argv[2], 'package.json'))('@tensorflow/tfjs-node');
const product = tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([5, 6, 7, 8], [2, 2]));
const numbers = [...product.dataSync()].join(' ');
if (tf.getBackend() !== 'tensorflow' || numbers !== '19 22 43 50') {
  throw new Error(`On the backend ${tf.getBackend()} the product is ${numbers}.`);
}
