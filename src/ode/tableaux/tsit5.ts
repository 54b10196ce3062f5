/**
 * Tsit5: Tsitouras 2011, "Runge–Kutta pairs of order 5(4) satisfying only the first column simplifying
 * assumption", Comput. Math. Appl. 62, with its free interpolant of order 4.
 *
 * The paper publishes rounded decimals; these are the doubles nearest to its coefficients solved to high
 * precision (as SciML and diffrax use them), which satisfy the order conditions to rounding.
 */
import type { Tableau } from '../tableau.js';

const b = [
  0.09646076681806523, 0.01, 0.4798896504144996, 1.379008574103742, -3.290069515436081, 2.324710524099774, 0,
] as const;

export const tsit5: Tableau = {
  name: 'tsit5',
  order: 5,
  c: [0, 0.161, 0.327, 0.9, 0.9800255409045097, 1, 1],
  a: [
    [],
    [0.161],
    [-0.008480655492356989, 0.335480655492357],
    [2.8971530571054935, -6.359448489975075, 4.3622954328695815],
    [5.325864828439257, -11.748883564062828, 7.4955393428898365, -0.09249506636175525],
    [5.86145544294642, -12.92096931784711, 8.159367898576159, -0.071584973281401, -0.028269050394068383],
    b.slice(0, 6),
  ],
  b,
  errorWeights: [
    0.0017800110522257714,
    0.0008164344596567469,
    -0.007880878010261995,
    0.1447110071732629,
    -0.5823571654525552,
    0.45808210592918697,
    -1 / 66,
  ],
  stabilitySize: 3.5068,
  interpolant: (theta) => {
    const square = theta * theta;
    return [
      -1.0530884977290216 *
        theta *
        (theta - 1.329989018975141) *
        (square - 1.4364028541716352 * theta + 0.7139816917074209),
      0.1017 * square * (square - 2.1966568338249752 * theta + 1.294985250737463),
      2.490627285651253 * square * (square - 2.3853564547206165 * theta + 1.5780346820809248),
      -16.548102889244902 * (theta - 1.2171292729553325) * (theta - 0.6162040603780009) * square,
      47.37952196281928 * (theta - 1.2030712083723627) * (theta - 0.6580472926535473) * square,
      -34.87065786149661 * (theta - 1.2) * (theta - 2 / 3) * square,
      2.5 * (theta - 1) * (theta - 0.6) * square,
    ];
  },
};
