/**
 * Implicit steps of a chain in dual numbers a + b ε, ε² = 0: values and one exact directional derivative, by
 * arithmetic of its own – no engine, no Krylov space, no pullback.
 *
 * The equation of a step is iterated as a fixed point: as often as an unrolled method does, or until nothing moves.
 * So it serves fields and steps only that contract.
 */
import type { Chain } from '../../src/engines/layer.js';

/** Values and their derivatives along the direction. */
export interface Dual {
  readonly a: Float64Array;
  readonly b: Float64Array;
}

export interface DualProblem {
  readonly chain: Chain;
  readonly theta: Dual;
  /** One row. */
  readonly y0: Dual;
  readonly c: number;
  readonly steps: readonly { readonly t: number; readonly h: number }[];
  /** Iterations of each step; null: until they converge. */
  readonly depth: number | null;
  readonly outputs: readonly { readonly step: number; readonly theta: number }[];
  readonly hermite: boolean;
}

const ITERATIONS_TO_CONVERGE = 150;

const dual = (length: number): Dual => ({ a: new Float64Array(length), b: new Float64Array(length) });

/** Σ factor_j · term_j. */
function sum(...terms: readonly (readonly [number, Dual])[]): Dual {
  const result = dual(terms[0][1].a.length);
  for (const [factor, { a, b }] of terms) {
    a.forEach((value, i) => (result.a[i] += factor * value));
    b.forEach((value, i) => (result.b[i] += factor * value));
  }
  return result;
}

export function evaluateDual({ chain, theta }: Pick<DualProblem, 'chain' | 'theta'>, t: number, y: Dual): Dual {
  let x = y;
  let offset = 0;
  for (const layer of chain.layers) {
    switch (layer.kind) {
      case 'concat-time':
        x = { a: Float64Array.of(...x.a, t), b: Float64Array.of(...x.b, 0) };
        break;
      case 'dense': {
        const { inputs, outputs } = layer;
        const result = dual(outputs);
        for (let o = 0; o < outputs; o += 1) {
          const bias = offset + inputs * outputs + o;
          result.a[o] = theta.a[bias];
          result.b[o] = theta.b[bias];
          for (let i = 0; i < inputs; i += 1) {
            const w = offset + o * inputs + i;
            result.a[o] += theta.a[w] * x.a[i];
            result.b[o] += theta.b[w] * x.a[i] + theta.a[w] * x.b[i];
          }
        }
        offset += (inputs + 1) * outputs;
        x = result;
        break;
      }
      case 'tanh': {
        const a = x.a.map(Math.tanh);
        x = { a, b: x.b.map((slope, i) => slope * (1 - a[i] * a[i])) };
        break;
      }
      case 'power':
      case 'relu':
      case 'sigmoid':
        throw new Error(`No dual numbers for the layer ${layer.kind}.`);
    }
  }
  return x;
}

/** End state and output states of one row. */
export function solveDual(problem: DualProblem): { readonly y1: Dual; readonly outputs: readonly Dual[] } {
  const { c, steps, depth, hermite } = problem;
  const states = [problem.y0];
  for (const { t, h } of steps) {
    const y = states[states.length - 1];
    let g = y;
    for (let i = 0; i < (depth ?? ITERATIONS_TO_CONVERGE); i += 1) {
      g = sum([1, y], [c * h, evaluateDual(problem, t + c * h, g)]);
    }
    states.push(sum([1, y], [1 / c, g], [-1 / c, y]));
  }
  const outputs = problem.outputs.map(({ step, theta }) => {
    if (step < 0) return states[0];
    const { t, h } = steps[step];
    const [y, y1] = [states[step], states[step + 1]];
    if (theta >= 1) return y1;
    const linear = sum([1 - theta, y], [theta, y1]);
    if (!hermite) return linear;
    const bubble = theta * (theta - 1);
    return sum(
      [1, linear],
      [bubble * (1 - 2 * theta), y1],
      [-bubble * (1 - 2 * theta), y],
      [bubble * (theta - 1) * h, evaluateDual(problem, t, y)],
      [bubble * theta * h, evaluateDual(problem, t + h, y1)],
    );
  });
  return { y1: states[states.length - 1], outputs };
}
