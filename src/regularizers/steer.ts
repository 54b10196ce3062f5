/**
 * STEER: train to another end each time, T ~ U(t1 − b, t1 + b), and evaluate at t1 (arXiv 2006.10711, section 3).
 *
 * With output times, each is drawn within half of the shorter interval beside it instead, and by at most b; the end
 * moves with the last output time where both are one. Invariant: output times stay in order and t0 stays; a uniform
 * of ½ leaves every time as it is. Limit: the targets of a moved output time are still those of its own time.
 */
import { UserError } from '../errors.js';
import type { IntervalRegularizer, SolveTimes, Uniform } from './regularizer.js';

/** @param width b, in units of time */
export function steer(width: number): IntervalRegularizer {
  return {
    kind: 'interval',
    check: ({ t0, t1 }) => {
      const span = Math.abs(t1 - t0);
      if (width < 0) throw new UserError('usage', `steer_width must not be negative, as ${width} is.`);
      if (width < span) return;
      throw new UserError('usage', `steer_width must be less than t1 − t0 = ${span}, not ${width}.`, {
        hint: 'The end T ~ U(t1 − b, t1 + b) has to stay after t0; the paper has b = 0.5 on [0, 1].',
      });
    },
    draw: (times, uniform) => {
      if (times.saveat !== null) return jitter(times, times.saveat, width, uniform);
      return { ...times, t1: around(times.t1, width, uniform) };
    },
  };
}

function jitter({ t0, t1 }: SolveTimes, saveat: readonly number[], width: number, uniform: Uniform): SolveTimes {
  const last = saveat.length - 1;
  const moved = saveat.map((time, k) => {
    const before = Math.abs(time - (k === 0 ? t0 : saveat[k - 1]));
    const after = k < last ? Math.abs(saveat[k + 1] - time) : time === t1 ? Infinity : Math.abs(t1 - time);
    return around(time, Math.min(width, before / 2, after / 2), uniform);
  });
  return { t0, t1: last >= 0 && saveat[last] === t1 ? moved[last] : t1, saveat: moved };
}

/** U(center − width, center + width). */
function around(center: number, width: number, uniform: Uniform): number {
  return center + width * (2 * uniform() - 1);
}
