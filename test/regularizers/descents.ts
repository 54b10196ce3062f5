/** Descents on one regulariser alone, on small nets: what it does to NFE. */
import { CheckpointAdjoint } from '../../src/adjoint/checkpoint.js';
import { createEngine } from '../../src/engines/index.js';
import type { Chain } from '../../src/engines/layer.js';
import { activation, chain, dense, power } from '../../src/models/chain.js';
import { Solver } from '../../src/ode/solver.js';
import { tableaux } from '../../src/ode/tableaux/index.js';
import { createRandom } from '../../src/random/create-random.js';
import { regularizerPresets, type RegularizerPreset } from '../../src/regularizers/presets.js';
import { createRegularizers } from '../../src/regularizers/regularizer-set.js';
import { gatherBatch, naturalOrder } from '../../src/training/batches.js';
import { Learner } from '../../src/training/learner.js';
import { Optimizer } from '../../src/training/optimizer.js';
import { trainingDraws } from '../../src/training/training-draws.js';
import { smallSpiral } from '../training/experiments.js';
import { numbers } from './nets.js';

interface Descent {
  readonly field: Chain;
  readonly theta: Float64Array;
  readonly y0: readonly number[];
  readonly preset: RegularizerPreset;
  readonly by: 'error' | 'stiffness';
  /** Of each step, along the gradient: what the parameters move. */
  readonly length: number;
  readonly iterations: number;
}

export interface Point {
  readonly nfe: number;
  readonly value: number;
}

/** NFE and R before each of so many steps of equal length down the gradient of R alone, and after the last. */
async function descend(descent: Descent): Promise<readonly Point[]> {
  const { field: net, theta, y0, preset, by, length, iterations } = descent;
  const engine = await createEngine('kernels', 'f64');
  const parameters = engine.createParameters(theta);
  const field = engine.compile(net, parameters, 0);
  const rows = y0.length / net.inputs;
  const options = { engine, field, tableau: tableaux.tsit5, rows, columns: net.inputs };
  const solver = new Solver(options);
  const adjoint = new CheckpointAdjoint(options);
  const [start, y0Bar] = [engine.allocate(rows, net.inputs), engine.allocate(rows, net.inputs)];
  engine.write(start, y0);
  const tolerances = { atol: 1e-6, rtol: 1e-6 };
  const regularizer = createRegularizers(regularizerPresets[preset], tableaux.tsit5)[by];
  const points: Point[] = [];
  for (let n = 0; n <= iterations; n += 1) {
    const { grid, states, statistics } = await solver.solve({
      ...tolerances,
      y0: start,
      t0: 0,
      t1: 1,
      saveat: [],
      controller: 'integral',
      maxSteps: 10_000,
      keepStates: true,
      stiffness: 'rms',
    });
    const { value, sensitivities } = regularizer.evaluate(grid.steps);
    points.push({ nfe: statistics.nfe, value });
    engine.fill(parameters.gradient, 0);
    adjoint.pullback({
      ...tolerances,
      grid,
      states: states ?? [],
      outputBars: [],
      y1Bar: null,
      errorBars: by === 'error' ? sensitivities : null,
      stiffnessBars: by === 'stiffness' ? sensitivities : null,
      y0Bar,
    });
    const gradient = await engine.read(parameters.gradient);
    const size = Math.hypot(...gradient);
    const at = await engine.readParameters(parameters);
    engine.writeParameters(
      parameters,
      at.map((weight, k) => weight - (length / size) * gradient[k]),
    );
  }
  engine.dispose();
  return points;
}

/** Of large weights it takes 100 to 600 evaluations at 1e-6. */
const spiral = chain(2, [power(3), dense(12), activation('tanh'), dense(2)]);

/** With y₂′ = −80 y₂: that direction is over long before t1, and then stability alone limits the steps. */
const stiff = chain(2, [dense(2)]);

/** Seeds of the nets with which `descendOnError` is run. */
export const seeds = [1, 2, 3, 4, 5] as const;

/** 150 steps of length 0.1 on R_E. */
export function descendOnError(preset: RegularizerPreset, seed: number): Promise<readonly Point[]> {
  const theta = numbers(spiral.parameterCount, seed).map((weight) => 3 * weight);
  const y0 = [1.2, -0.4, -0.9, 0.8, 0.5, 1.1];
  return descend({ field: spiral, theta, y0, preset, by: 'error', length: 0.1, iterations: 150 });
}

/** 60 steps of length 1 on R_S. */
export function descendOnStiffness(preset: RegularizerPreset): Promise<readonly Point[]> {
  const theta = Float64Array.of(-1, 0.2, 0.3, -80, 0, 0);
  const y0 = [1, 1, -0.5, 0.7];
  return descend({ field: stiff, theta, y0, preset, by: 'stiffness', length: 1, iterations: 60 });
}

/** Seeds of the nets with which `train` is run. */
export const trainedSeeds = [4, 5, 6] as const;

/** NFE of predictions before each of 150 iterations of training whose regulariser outweighs the data, and after. */
export async function train(
  given: Readonly<Record<string, number | string>>,
  seed: number,
): Promise<readonly number[]> {
  const parameters = { rtol: 1e-6, dtype: 'f64', trajectories: 8, times: 5, hidden: 12, ...given };
  const { model, settings, train: data } = await smallSpiral(parameters);
  const engine = await createEngine('kernels', 'f64');
  const initial = numbers(spiral.parameterCount, seed).map((weight) => 2 * weight);
  const learner = new Learner(engine, model, initial, settings);
  const adam = { kind: 'adam', learningRate: 0.01, decay: 0, momentum: 0 } as const;
  const optimizer = new Optimizer(engine, learner.parameters, adam);
  const batch = gatherBatch(data, naturalOrder(8));
  const draws = trainingDraws((purpose) => createRandom({ sweepSeed: 1, trialSeed: seed }, purpose));
  const nfe: number[] = [];
  for (let n = 0; n <= 150; n += 1) {
    const result = await learner.gradient(batch, settings.weights, draws);
    if (result.state !== 'success') throw new Error(result.outcome.advice);
    nfe.push((await learner.predict(batch)).statistics.nfe);
    optimizer.step();
  }
  engine.dispose();
  return nfe;
}

/** Mean of the last 40: what a random step asks for differs from iteration to iteration. */
export function settled(nfe: readonly number[]): number {
  return nfe.slice(-40).reduce((sum, value) => sum + value) / 40;
}
