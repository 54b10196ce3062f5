/** The stochastic methods by name: what `solver:` of a stochastic task may say. */
import type { SriTableau } from '../sri-tableau.js';
import { eulerMaruyama, milstein, milsteinDifference } from './fixed-step.js';
import { sosri } from './sosri.js';
import { sosri2 } from './sosri2.js';
import { sriw1 } from './sriw1.js';

export const sdeMethodNames = [
  'sriw1',
  'sosri',
  'sosri2',
  'euler_maruyama',
  'milstein',
  'milstein_difference',
] as const;

export type SdeMethodName = (typeof sdeMethodNames)[number];

export const sdeMethods: Readonly<Record<SdeMethodName, SriTableau>> = {
  sriw1,
  sosri,
  sosri2,
  euler_maruyama: eulerMaruyama,
  milstein,
  milstein_difference: milsteinDifference,
};
