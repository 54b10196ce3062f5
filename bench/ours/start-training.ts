/** A problem being trained by this package, whichever its kind. */
import type { Engine } from '../../src/engines/engine.js';
import type { Problem } from '../problems/problem.js';
import { startOde } from './ode-training.js';
import { startSde } from './sde-training.js';
import type { Choices, Training } from './training.js';

/** From the problem's weights and with a fresh optimiser. */
export function startTraining(engine: Engine, problem: Problem, choices: Choices): Training {
  return problem.kind === 'ode' ? startOde(engine, problem, choices) : startSde(engine, problem, choices);
}
