/**
 * The spiral neural ODE: learn du/dt = A u³ from trajectories, with f(u) = W2 tanh(W1 u³ + b1) + b2.
 *
 * The demonstration problem of Chen et al. 2018 (arXiv 1806.07366) and of arXiv 2105.03918, over starts in
 * an annulus rather than one, so that test trajectories are new. Loss: mean squared error over all
 * trajectories, times and components.
 */
import { z } from 'zod';
import { activation, chain, dense, power } from '../models/chain.js';
import { simulateSpirals } from './datasets/spiral.js';
import { withDefaults } from './parameters.js';
import { defineTask } from './task.js';

export const spiralNode = defineTask({
  name: 'spiral-node',
  summary: 'Spiral neural ODE (2-50-2 on the cubed state, tanh) fitted to trajectories of du/dt = A u³.',
  parameters: z.strictObject({
    ...withDefaults({ epochs: 20, batch_size: 16 }),
    hidden: z.int().positive().default(50).describe('width of the hidden layer'),
    trajectories: z.int().positive().default(256).describe('training trajectories'),
    test_trajectories: z.int().positive().default(64).describe('test trajectories'),
    times: z.int().min(2).default(30).describe('equally spaced times at which trajectories are compared'),
    t1: z.number().positive().default(1.5).describe('end of the time interval [0, t1]'),
  }),
  create({ random }, { hidden, trajectories, test_trajectories: testTrajectories, times, t1 }) {
    const saveat = Array.from({ length: times }, (_, i) => (i === times - 1 ? t1 : (t1 * i) / (times - 1)));
    return {
      model: {
        encode: null,
        field: chain(2, [power(3), dense(hidden), activation('tanh'), dense(2)]),
        decode: null,
        t0: 0,
        t1,
        saveat,
      },
      train: simulateSpirals(trajectories, saveat, random('train trajectories')),
      test: simulateSpirals(testTrajectories, saveat, random('test trajectories')),
    };
  },
});
