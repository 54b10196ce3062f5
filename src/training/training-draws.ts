/**
 * What is drawn while training beside batches, each from a stream of its own: whether one is asked for changes no
 * number of another, nor of weights, batches and data.
 */
import type { Draws } from '../ode/tableaux/solver-regime.js';
import type { RandomStream } from '../random/random.js';
import type { Uniform } from '../regularizers/regularizer.js';

export interface TrainingDraws {
  readonly steer: Uniform;
  readonly local: Uniform;
  /** Chooses the member of a solver family. */
  readonly member: Draws;
}

/** @param random makes the stream of a purpose */
export function trainingDraws(random: (purpose: string) => RandomStream): TrainingDraws {
  const uniforms = (purpose: string): Uniform => {
    const stream = random(purpose);
    return () => stream.uniform();
  };
  const member = random('solver member');
  return {
    steer: uniforms('steer'),
    local: uniforms('local'),
    member: { uniform: () => member.uniform(), normal: () => member.normal() },
  };
}

/** The middle of every range, as a warm-up wants it: STEER then ends at t1. */
export const middleDraws: TrainingDraws = {
  steer: () => 0.5,
  local: () => 0.5,
  member: { uniform: () => 0.5, normal: () => 0 },
};
