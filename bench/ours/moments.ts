/** Mean, variance and fourth central moment of each component at the end of many paths, with the initial weights. */
import type { Engine } from '../../src/engines/engine.js';
import { sdeMethods } from '../../src/ode/sde/tableaux/index.js';
import { SdeSolver } from '../../src/ode/sde/solver.js';
import { BrownianTree } from '../../src/random/brownian-tree.js';
import { SEED } from '../problems/draw.js';
import type { SdeProblem } from '../problems/problem.js';
import { choicesFor } from './choices.js';
import { compileSde, solveRequest } from './sde-training.js';

export interface Moments {
  readonly mean: readonly number[];
  readonly variance: readonly number[];
  readonly fourth: readonly number[];
}

/** @param rows paths, all from the state of the problem's first row */
export async function momentsOf(engine: Engine, problem: SdeProblem, rows: number): Promise<Moments> {
  const parameters = engine.createParameters(problem.initial);
  const model = compileSde(engine, problem, parameters);
  const { encode, drift, diffusion } = model;
  const width = problem.inputs.length / problem.rows;
  const columns = drift.chain.inputs;
  const input = engine.allocate(1, width);
  engine.write(input, problem.inputs.subarray(0, width));
  const first = encode === null ? input : engine.allocate(1, columns);
  encode?.evaluate(0, input, first);
  const y0 = engine.allocate(rows, columns);
  for (let row = 0; row < rows; row += 1) engine.copyRow(y0, row, first, 0);
  const method = sdeMethods[choicesFor(problem).method];
  const solver = new SdeSolver({ engine, drift, diffusion, method, rows, columns });
  const key = { sweepSeed: SEED, trialSeed: 0 };
  const path = new BrownianTree({ key, purpose: 'bench: moments', t0: 0, t1: 1, entries: rows * columns });
  const { outcome, y1 } = await solver.solve({ ...solveRequest(problem), y0, path, saveat: [], keepStates: false });
  if (outcome.state !== 'success') throw new Error(`${problem.name} ended with ${outcome.state}. ${outcome.advice}`);
  const moments = columnMoments(await engine.read(y1), columns);
  solver.dispose();
  model.dispose();
  for (const tensor of new Set([input, first, y0])) engine.free(tensor);
  return moments;
}

function columnMoments(values: Float64Array, columns: number): Moments {
  const rows = values.length / columns;
  const [mean, variance, fourth]: number[][] = [[], [], []];
  for (let column = 0; column < columns; column += 1) {
    const ofColumn = Array.from({ length: rows }, (_, row) => values[row * columns + column]);
    const average = ofColumn.reduce((sum, value) => sum + value, 0) / rows;
    const power = (exponent: number): number => ofColumn.reduce((sum, value) => sum + (value - average) ** exponent, 0);
    mean.push(average);
    variance.push(power(2) / (rows - 1));
    fourth.push(power(4) / rows);
  }
  return { mean, variance, fourth };
}
