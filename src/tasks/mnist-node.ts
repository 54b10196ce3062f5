/**
 * The MNIST neural ODE of arXiv 2105.03918, section 4.1: the flattened digit is the state on [0, 1],
 * f(x, t) = tanh(W2 [tanh(W1 [x; t] + b1); t] + b2), then one dense layer to ten logits; 166,418 parameters
 * at the default width. Loss: softmax cross entropy.
 *
 * Defaults are the paper's (momentum 0.1/0.9, inverse decay 1e-5, batch 512, its code's regularisers), but
 * for the tolerance: its 1.4e-8 is below what f32 resolves (numerics, section 6).
 */
import { z } from 'zod';
import { activation, chain, concatTime, dense } from '../models/chain.js';
import { loadMnist } from './datasets/mnist.js';
import { withDefaults } from './parameters.js';
import { defineTask } from './task.js';

const PIXELS = 784;
const CLASSES = 10;

export const mnistNode = defineTask({
  name: 'mnist-node',
  summary: 'Neural ODE classifier of the 70,000 MNIST digits (785→100→784 field, linear head).',
  parameters: z.strictObject({
    ...withDefaults({
      regularizer: 'paper_code',
      weight_schedule: 'exponential',
      rtol: 1e-3,
      epochs: 2,
      optimizer: 'momentum',
      learning_rate: 0.1,
      learning_rate_decay: 1e-5,
    }),
    hidden: z.int().positive().default(100).describe('width of the hidden layer'),
    train_examples: z.int().min(1).max(60_000).default(60_000).describe('the first so many training digits'),
    test_examples: z.int().min(1).max(10_000).default(10_000).describe('the first so many test digits'),
  }),
  async create(_, { hidden, train_examples: trainExamples, test_examples: testExamples }) {
    return {
      model: {
        encode: null,
        field: chain(PIXELS, [
          concatTime(),
          dense(hidden),
          activation('tanh'),
          concatTime(),
          dense(PIXELS),
          activation('tanh'),
        ]),
        decode: chain(PIXELS, [dense(CLASSES)]),
        t0: 0,
        t1: 1,
        saveat: null,
      },
      train: await loadMnist('train', trainExamples),
      test: await loadMnist('t10k', testExamples),
    };
  },
});
