/** Bogacki & Shampine 1989, order 3(2), FSAL; its Hermite interpolant has the method's own order 3. */
import type { Tableau } from '../tableau.js';

export const bosh3: Tableau = {
  name: 'bosh3',
  order: 3,
  c: [0, 1 / 2, 3 / 4, 1],
  a: [[], [1 / 2], [0, 3 / 4], [2 / 9, 1 / 3, 4 / 9]],
  b: [2 / 9, 1 / 3, 4 / 9, 0],
  errorWeights: [2 / 9 - 7 / 24, 1 / 3 - 1 / 4, 4 / 9 - 1 / 3, -1 / 8],
  stabilitySize: 2.5127,
  interpolant: null,
};
