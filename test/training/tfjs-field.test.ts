/** Models whose field is a tfjs function train as those of layers do, whatever solves and regularises. */
import { describe, expect, it } from 'vitest';
import { createEngine } from '../../src/engines/index.js';
import { Learner } from '../../src/training/learner.js';
import { middleDraws } from '../../src/training/training-draws.js';
import { withTensorflow } from '../engines/fixtures.js';
import { spiralNet } from '../engines/tfjs-fields.js';
import { iterate, problem, smallSpiral, type Problem } from './experiments.js';

/** The problem with its field, 2-50-2 on the cubed state, written in tfjs. */
function byTfjs({ model, ...others }: Problem): Problem {
  return { ...others, model: { ...model, field: spiralNet(2, 50).field } };
}

async function iterateOnTensorflow({ model, initial, settings, batch }: Problem) {
  const engine = await createEngine('tensorflow', 'f32');
  const learner = new Learner(engine, model, initial, settings);
  const result = await learner.gradient(batch, settings.weights, middleDraws);
  if (result.state !== 'success') throw new Error(result.outcome.advice);
  const gradient = await engine.read(learner.parameters.gradient);
  learner.dispose();
  engine.dispose();
  return { result, gradient };
}

/** Steps that rounding cannot move. */
const constant = { controller: 'constant', dt: 0.25 } as const;

describe.skipIf(!withTensorflow)('the gradient of a training iteration is that of layers with', () => {
  it.each<Readonly<Record<string, number | string>>>([
    { adjoint: 'checkpoint', ...constant, error_weight: 1, stiffness_weight: 0.01 },
    { adjoint: 'stages', ...constant, steer_width: 0.1 },
    { adjoint: 'binomial', adjoint_states: 2, ...constant },
    { adjoint: 'backsolve' },
    { stepping: 'per_sample' },
    { solver: 'implicit_midpoint', ...constant },
    { local_weight: 0.1, local_first_stage: 'differentiated', ...constant },
  ])('%o', async (given) => {
    const layers = problem(await smallSpiral({ rtol: 1e-3, ...given }), 4);
    const exact = await iterate(layers);
    const actual = await iterateOnTensorflow(byTfjs(layers));
    expect(actual.result.statistics.accepted).toBe(exact.result.statistics.accepted);
    expect(actual.result.loss / exact.result.loss).toBeCloseTo(1, 4);
    const largest = exact.gradient.reduce((most, entry) => Math.max(most, Math.abs(entry)), 0);
    const worst = exact.gradient.reduce((most, entry, i) => Math.max(most, Math.abs(entry - actual.gradient[i])), 0);
    expect(worst).toBeLessThan(1e-3 * largest);
  });

  it('refuses the Taylor regulariser, which has no use for a function', async () => {
    const refused = iterateOnTensorflow(byTfjs(problem(await smallSpiral({ taylor_weight: 0.1 }), 4)));
    await expect(refused).rejects.toMatchObject({
      code: 'usage',
      hint: expect.stringContaining('as layers') as string,
    });
  });
});
