/**
 * What regularisers draw while training, each from a stream of its own: whether one is asked for changes no number
 * of another, nor of weights, batches and data.
 */
import type { RandomStream } from '../random/random.js';
import type { Uniform } from '../regularizers/regularizer.js';

export interface RegularizerDraws {
  readonly steer: Uniform;
  readonly local: Uniform;
}

/** @param random makes the stream of a purpose */
export function regularizerDraws(random: (purpose: string) => RandomStream): RegularizerDraws {
  const uniforms = (purpose: string): Uniform => {
    const stream = random(purpose);
    return () => stream.uniform();
  };
  return { steer: uniforms('steer'), local: uniforms('local') };
}

/** The middle of every range, as a warm-up wants it: STEER then ends at t1. */
export const middleDraws: RegularizerDraws = { steer: () => 0.5, local: () => 0.5 };
