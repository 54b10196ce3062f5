/** What the regularisers are for: descending on one of them alone makes a field cheaper to solve. */
import { describe, expect, it } from 'vitest';
import { CheckpointAdjoint } from '../../src/adjoint/checkpoint.js';
import { createEngine } from '../../src/engines/index.js';
import type { Chain } from '../../src/engines/layer.js';
import { activation, chain, dense, power } from '../../src/models/chain.js';
import { Solver } from '../../src/ode/solver.js';
import { tableaux } from '../../src/ode/tableaux/index.js';
import { regularizerPresets, type RegularizerPreset } from '../../src/regularizers/presets.js';
import { createRegularizers } from '../../src/regularizers/regularizer-set.js';
import { gatherBatch, naturalOrder } from '../../src/training/batches.js';
import { Learner } from '../../src/training/learner.js';
import { Optimizer } from '../../src/training/optimizer.js';
import { createRandom } from '../../src/random/create-random.js';
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

interface Point {
  readonly nfe: number;
  readonly value: number;
}

/** NFE and R before and after so many steps of equal length down the gradient of R alone. */
async function descend(descent: Descent): Promise<readonly [Point, Point]> {
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
  let first: Point | null = null;
  let last: Point = { nfe: 0, value: 0 };
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
    last = { nfe: statistics.nfe, value };
    first ??= last;
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
  return [first ?? last, last];
}

/** Of large weights it takes 100 to 600 evaluations at 1e-6. */
const spiral = chain(2, [power(3), dense(12), activation('tanh'), dense(2)]);

/** With y₂′ = −80 y₂: that direction is over long before t1, and then stability alone limits the steps. */
const stiff = chain(2, [dense(2)]);

describe('Descending on R_E alone', () => {
  it.each(['paper_text', 'paper_code'] as const)(
    'lowers the NFE of small nets, on the whole to half (%s)',
    async (preset) => {
      let [before, after] = [0, 0];
      for (const seed of [1, 2, 3, 4, 5]) {
        const theta = numbers(spiral.parameterCount, seed).map((weight) => 3 * weight);
        const y0 = [1.2, -0.4, -0.9, 0.8, 0.5, 1.1];
        const descent = { field: spiral, theta, y0, preset, by: 'error', length: 0.1, iterations: 150 } as const;
        const [first, last] = await descend(descent);
        expect(last.nfe).toBeLessThan(0.85 * first.nfe);
        before += first.nfe;
        after += last.nfe;
      }
      expect(after).toBeLessThan(0.5 * before);
    },
  );
});

describe('Descending on R_S alone', () => {
  it.each(['paper_text', 'paper_code'] as const)('halves the NFE of a stiff field, and R_S (%s)', async (preset) => {
    const theta = Float64Array.of(-1, 0.2, 0.3, -80, 0, 0);
    const y0 = [1, 1, -0.5, 0.7];
    const descent = { field: stiff, theta, y0, preset, by: 'stiffness', length: 1, iterations: 60 } as const;
    const [first, last] = await descend(descent);
    expect(last.nfe).toBeLessThan(0.6 * first.nfe);
    expect(last.value).toBeLessThan(0.5 * first.value);
  });
});

describe('Training so hard on one regulariser that the data do not count', () => {
  const differentiated = { local_weight: 1e9, local_first_stage: 'differentiated' };
  it.each([
    ['R_2', 0.65, { taylor_weight: 1e9 }],
    ['R_3', 0.65, { taylor_weight: 1e9, taylor_order: 3 }],
    ['the unbiased local step', 0.75, differentiated],
    ['the biased local step', 0.85, { ...differentiated, local_sampling: 'biased' }],
  ])('lowers the NFE of predictions: %s to %d of what it was', async (_, share, given) => {
    let [before, after] = [0, 0];
    for (const seed of [4, 5, 6]) {
      const parameters = { rtol: 1e-6, dtype: 'f64', trajectories: 8, times: 5, hidden: 12, ...given };
      const { model, settings, train } = await smallSpiral(parameters);
      const engine = await createEngine('kernels', 'f64');
      const initial = numbers(spiral.parameterCount, seed).map((weight) => 2 * weight);
      const learner = new Learner(engine, model, initial, settings);
      const adam = { kind: 'adam', learningRate: 0.01, decay: 0, momentum: 0 } as const;
      const optimizer = new Optimizer(engine, learner.parameters, adam);
      const batch = gatherBatch(train, naturalOrder(8));
      const draws = trainingDraws((purpose) => createRandom({ sweepSeed: 1, trialSeed: seed }, purpose));
      const nfe: number[] = [];
      for (let n = 0; n <= 150; n += 1) {
        const result = await learner.gradient(batch, settings.weights, draws);
        if (result.state !== 'success') throw new Error(result.outcome.advice);
        nfe.push((await learner.predict(batch)).statistics.nfe);
        optimizer.step();
      }
      before += nfe[0];
      // The mean of the last: what a random step asks for differs from iteration to iteration.
      after += nfe.slice(-40).reduce((sum, value) => sum + value) / 40;
    }
    expect(after).toBeLessThan(share * before);
  });
});
