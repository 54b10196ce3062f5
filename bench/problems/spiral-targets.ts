/**
 * What the spiral problems are fitted to: paths of du = A u³ dt, and the moments of du = (A u³) dt + 0.2 u dW.
 */
import { createRandom } from '../../src/random/create-random.js';
import { solve } from '../../src/library/solve.js';
import { SEED } from './draw.js';

type Matrix = readonly [readonly [number, number], readonly [number, number]];

/** @param starts rows × 2 @returns for each time rows × 2 values, rounded to f32 */
export async function spiralPaths(starts: Float64Array, times: readonly number[]): Promise<readonly Float64Array[]> {
  const A: Matrix = [
    [-0.1, 2],
    [-2, -0.1],
  ];
  const values = times.map(() => new Float64Array(starts.length));
  for (let at = 0; at < starts.length; at += 2) {
    const { outcome, outputs } = await solve({
      f: (_, [u, v]) => [A[0][0] * u ** 3 + A[0][1] * v ** 3, A[1][0] * u ** 3 + A[1][1] * v ** 3],
      y0: [starts[at], starts[at + 1]],
      t1: times[times.length - 1],
      saveat: times,
      solver: 'dopri8',
      rtol: 1e-12,
    });
    if (outcome.state !== 'success') throw new Error(`The path of the spiral ended early: ${outcome.advice}`);
    outputs.forEach(([u, v], k) => {
      values[k][at] = Math.fround(u);
      values[k][at + 1] = Math.fround(v);
    });
  }
  return values;
}

const PATHS = 10_000;
/** Between two output times. */
const SUBSTEPS = 8;

/**
 * Mean and variance over 10,000 paths from (2, 0), A = [[−.1, −2], [2, −.1]].
 *
 * Method: Strang splitting, half a step along the drift by the midpoint rule, the noise by Milstein's method, half a
 * step along the drift. (The paths turn at 8 rad a unit of time, which Euler–Maruyama would blow up by 7 % even in 500
 * steps.) Its error is far below the sampling error of the moments.
 */
export function spiralMoments(times: readonly number[]): { mean: Float64Array; variance: Float64Array } {
  const random = createRandom({ sweepSeed: SEED, trialSeed: 0 }, 'bench: noise of the spiral');
  const u = new Float64Array(PATHS).fill(2);
  const v = new Float64Array(PATHS);
  const mean: number[] = [];
  const variance: number[] = [];
  const drift = (path: number, h: number): void => {
    const [a, b] = [u[path], v[path]];
    const p = a + (h / 2) * (-0.1 * a * a * a - 2 * b * b * b);
    const q = b + (h / 2) * (2 * a * a * a - 0.1 * b * b * b);
    u[path] = a + h * (-0.1 * p * p * p - 2 * q * q * q);
    v[path] = b + h * (2 * p * p * p - 0.1 * q * q * q);
  };
  const noise = (component: Float64Array, path: number, h: number): void => {
    const dW = Math.sqrt(h) * random.normal();
    component[path] *= 1 + 0.2 * dW + 0.02 * (dW * dW - h);
  };
  times.forEach((time, k) => {
    const h = k === 0 ? 0 : (time - times[k - 1]) / SUBSTEPS;
    for (let step = 0; k > 0 && step < SUBSTEPS; step += 1) {
      for (let path = 0; path < PATHS; path += 1) {
        drift(path, h / 2);
        noise(u, path, h);
        noise(v, path, h);
        drift(path, h / 2);
      }
    }
    for (const component of [u, v]) {
      const average = component.reduce((sum, value) => sum + value, 0) / PATHS;
      mean.push(Math.fround(average));
      variance.push(Math.fround(component.reduce((sum, value) => sum + (value - average) ** 2, 0) / (PATHS - 1)));
    }
  });
  return { mean: Float64Array.from(mean), variance: Float64Array.from(variance) };
}
