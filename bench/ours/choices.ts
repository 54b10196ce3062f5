/** Our fastest setting for each kind of problem, among those that do what the peers do. */
import type { Problem } from '../problems/problem.js';
import type { Choices } from './training.js';

/**
 * Adjoint `stages` keeps what the forward pass computed, as the peers' direct backpropagation does.
 * SDE methods: SOSRI2 where steps adapt, as in the paper whose problems these are; SRIW1 (strong order 1.5, the
 * tableau class of torchsde's SRK) where they are fixed.
 */
export function choicesFor(problem: Problem): Choices {
  const fixed = problem.kind === 'sde' && problem.steps.kind === 'fixed';
  return { adjoint: 'stages', method: fixed ? 'sriw1' : 'sosri2' };
}
