/**
 * Cost models of the engines, one thread, as `bench/engine-costs.ts` fitted them; within 20 % of most of its samples.
 *
 * The engine webgpu has none: GPUs differ a hundredfold, and none was there to measure. So `auto` never takes it.
 *
 * Measured on two shared cores of an AVX-512 server (x86-64), Node 20.20, TensorFlow 2.19.
 */
import type { Dtype } from '../engine.js';
import type { CostModel } from './cost-model.js';

export const kernelCosts: Readonly<Record<Dtype, CostModel>> = {
  f32: { call: 4.11e-7, operation: 2.98e-11, entry: 3.73e-9 },
  f64: { call: 5.41e-7, operation: 6.28e-11, entry: 6.77e-9 },
};

export const tensorflowCosts: CostModel = { call: 6.35e-5, operation: 5.66e-12, entry: 8.91e-10 };
