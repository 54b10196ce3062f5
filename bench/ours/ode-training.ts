/** Training of an ODE problem by the parts that train a trial: `Learner` and `Optimizer` with a trial's settings. */
import { z } from 'zod';
import type { Engine } from '../../src/engines/engine.js';
import { trainingShape } from '../../src/tasks/parameters.js';
import { Learner } from '../../src/training/learner.js';
import { Optimizer } from '../../src/training/optimizer.js';
import { trainingSettings } from '../../src/training/settings.js';
import type { OdeProblem } from '../problems/problem.js';
import type { Choices, Training } from './training.js';

const unregularised = { error: 0, stiffness: 0, taylor: 0, local: 0 };

export function startOde(engine: Engine, problem: OdeProblem, { adjoint }: Pick<Choices, 'adjoint'>): Training {
  const settings = trainingSettings(
    z.strictObject(trainingShape).parse({
      solver: 'tsit5',
      controller: 'integral',
      rtol: problem.tolerance,
      adjoint,
      optimizer: problem.optimizer,
      learning_rate: problem.optimizer === 'adam' ? 0.01 : 0.1,
      momentum: 0.9,
      batch_size: problem.rows,
    }),
  );
  const learner = new Learner(engine, problem.model, problem.initial, settings);
  const optimizer = new Optimizer(engine, learner.parameters, settings.optimizer);
  const gradient = async () => {
    const result = await learner.gradient(problem.batch, unregularised);
    if (result.state === 'success') return result;
    throw new Error(`${problem.name}: the solve ended with ${result.outcome.state}. ${result.outcome.advice}`);
  };
  return {
    async warmUp() {
      await gradient();
    },
    async iterate() {
      const { loss, statistics, backwardNfe } = await gradient();
      optimizer.step();
      const { nfe, accepted, rejected } = statistics;
      return { loss, nfe, diffusionNfe: 0, accepted, rejected, backwardNfe };
    },
    dispose() {
      optimizer.dispose();
      learner.dispose();
    },
  };
}
