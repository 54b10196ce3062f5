/**
 * A stochastic solve on its frozen grid and path in dual numbers, written from the formulas of Rößler's class alone: it
 * shares neither the stepper nor the engines with what it checks.
 */
import { denseParameterCount, type Chain } from '../../src/engines/layer.js';
import type { Grid } from '../../src/ode/grid.js';
import type { BrownianPath } from '../../src/ode/sde/brownian-path.js';
import type { ErrorSigns, SriTableau } from '../../src/ode/sde/sri-tableau.js';
import type { StiffnessNorm } from '../../src/ode/stiffness.js';
import {
  absolute,
  add,
  constant,
  divide,
  multiply,
  rootMeanSquare,
  scale,
  subtract,
  sum,
  tanh,
  type Dual,
} from './dual-numbers.js';

export interface SdeReplayProblem {
  readonly method: SriTableau;
  readonly errorSigns: ErrorSigns;
  readonly drift: Chain;
  readonly diffusion: Chain;
  readonly columns: number;
  readonly grid: Grid;
  readonly stiffnessNorm: StiffnessNorm;
  readonly path: BrownianPath;
  readonly atol: number;
  readonly rtol: number;
}

export interface SdeReplay {
  readonly y1: readonly Dual[];
  readonly outputs: readonly (readonly Dual[])[];
  readonly errors: readonly Dual[];
  readonly stiffnesses: readonly Dual[];
}

type Duals = readonly Dual[];

/** @param theta parameters of the drift, then of the diffusion @param y0 rows × columns, row by row */
export function replaySde(problem: SdeReplayProblem, theta: Duals, y0: Duals): SdeReplay {
  const { method, errorSigns, drift, diffusion, columns, grid, path, stiffnessNorm, atol, rtol } = problem;
  const f = (t: number, u: Duals) => evaluate(drift, theta.slice(0, drift.parameterCount), columns, t, u);
  const g = (t: number, u: Duals) => evaluate(diffusion, theta.slice(drift.parameterCount), columns, t, u);
  const outputs: Duals[] = grid.outputs.filter(({ step }) => step < 0).map(() => y0);
  const errors: Dual[] = [];
  const stiffnesses: Dual[] = [];
  let u = y0;
  for (const [j, { t, h }] of grid.steps.entries()) {
    const [w, area] = [new Float64Array(u.length), new Float64Array(u.length)];
    path.increment(t, t + h, w, area);
    const dZ = area.map((value) => 2 * Math.sqrt(3) * value);
    const chi1 = w.map((x) => (x * x - h) / (2 * Math.sqrt(h)));
    const chi2 = w.map((x, i) => (x + dZ[i] / Math.sqrt(3)) / 2);
    const chi3 = w.map((x) => (x ** 3 - 3 * h * x) / (6 * h));
    const [k, gs, states]: [Duals[], Duals[], Duals[]] = [[], [], []];
    for (const i of method.c0.keys()) {
      const h0 = u.map((entry, n) =>
        add(add(entry, scale(h, weighted(method.A0[i], k, n))), scale(chi2[n], weighted(method.B0[i], gs, n))),
      );
      const h1 = u.map((entry, n) =>
        add(add(entry, scale(h, weighted(method.A1[i], k, n))), scale(Math.sqrt(h), weighted(method.B1[i], gs, n))),
      );
      states.push(h0);
      k.push(f(t + method.c0[i] * h, h0));
      gs.push(g(t + method.c1[i] * h, h1));
    }
    const second = u.map((_, n) =>
      add(scale(chi2[n], weighted(method.beta3, gs, n)), scale(chi3[n], weighted(method.beta4, gs, n))),
    );
    const before = u;
    const after = u.map((entry, n) =>
      sum([
        entry,
        scale(h, weighted(method.alpha, k, n)),
        scale(w[n], weighted(method.beta1, gs, n)),
        scale(chi1[n], weighted(method.beta2, gs, n)),
        second[n],
      ]),
    );
    const { stages, delta } = method.estimate ?? { stages: 0, delta: 0 };
    const signs = method.c0.map((_, i) => (i >= stages ? 0 : errorSigns === 'alternating' ? (-1) ** i : 1));
    errors.push(
      rootMeanSquare(
        second.map((entry, n) => {
          const [a, b] = [absolute(before[n]), absolute(after[n])];
          const size = add(constant(atol), scale(rtol, a.v >= b.v ? a : b));
          return divide(add(scale(delta * h, weighted(signs, k, n)), entry), size);
        }),
      ),
    );
    const last = k.length - 1;
    if (last > 0) {
      const [dk, dg] = [k, states].map((list) => list[last].map((entry, n) => subtract(entry, list[last - 1][n])));
      const ratios = dk.map((entry, n) => divide(absolute(entry), absolute(dg[n])));
      stiffnesses.push(
        stiffnessNorm === 'rms'
          ? divide(rootMeanSquare(dk), rootMeanSquare(dg))
          : ratios.reduce((largest, ratio) => (ratio.v > largest.v ? ratio : largest)),
      );
    }
    u = after;
    for (const { step, theta: share } of grid.outputs) {
      if (step === j) outputs.push(after.map((entry, n) => add(scale(share, entry), scale(1 - share, before[n]))));
    }
  }
  return { y1: u, outputs, errors, stiffnesses };
}

/** Σ weights_j stages_j at entry n. */
function weighted(weights: readonly number[], stages: readonly Duals[], n: number): Dual {
  return sum(weights.map((weight, j) => (weight === 0 ? constant(0) : scale(weight, stages[j][n]))));
}

function evaluate(chain: Chain, theta: Duals, columns: number, t: number, u: Duals): Duals {
  return Array.from({ length: u.length / columns }, (_, row) =>
    evaluateRow(chain, theta, t, u.slice(row * columns, (row + 1) * columns)),
  ).flat();
}

function evaluateRow({ layers }: Chain, theta: Duals, t: number, row: Duals): Duals {
  let x = row;
  let offset = 0;
  for (const layer of layers) {
    switch (layer.kind) {
      case 'dense': {
        const [from, input] = [offset, x];
        const biases = from + layer.inputs * layer.outputs;
        x = Array.from({ length: layer.outputs }, (_, o) =>
          sum([
            ...(layer.bias !== false ? [theta[biases + o]] : []),
            ...input.map((entry, i) => multiply(theta[from + o * layer.inputs + i], entry)),
          ]),
        );
        offset += denseParameterCount(layer);
        break;
      }
      case 'concat-time':
        x = [...x, constant(t)];
        break;
      case 'power': {
        const { exponent } = layer;
        x = x.map((entry) => Array.from({ length: exponent }, () => entry).reduce(multiply, constant(1)));
        break;
      }
      case 'tanh':
        x = x.map(tanh);
        break;
      case 'relu':
      case 'sigmoid':
        throw new Error(`The replay knows no ${layer.kind}.`);
    }
  }
  return x;
}
