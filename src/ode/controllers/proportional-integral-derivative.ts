/**
 * PID controller as diffrax runs it (Söderlind 2003): a product of powers of the inverse errors of this attempt and
 * of the two accepted steps before, with exponents (P + I + D)/k, −(P + 2D)/k, D/k.
 *
 * The memory starts at 1 and changes with accepted steps only; an error of 0 or ∞ enters it as 1. P = D = 0, I = 1
 * is the integral rule.
 */
import { pow } from '../../elementary/elementary.js';
import { GROWTH_LIMIT, SAFETY, SHRINK_LIMIT, type Controller } from './controller.js';

export interface PidCoefficients {
  readonly p: number;
  readonly i: number;
  readonly d: number;
}

export function proportionalIntegralDerivativeController(order: number, { p, i, d }: PidCoefficients): Controller {
  const exponents = [(p + i + d) / order, -(p + 2 * d) / order, d / order] as const;
  let previous = 1;
  let beforePrevious = 1;
  const accepts = (error: number): boolean => error < 1;
  return {
    accepts,
    nextFactor: (error) => {
      if (!Number.isFinite(error)) return SHRINK_LIMIT;
      const accepted = accepts(error);
      const inverse = 1 / error;
      const history = power(previous, exponents[1]) * power(beforePrevious, exponents[2]);
      const factor = error === 0 ? GROWTH_LIMIT : SAFETY * power(inverse, exponents[0]) * history;
      if (!accepted) return Math.min(SAFETY, Math.max(SHRINK_LIMIT, factor));
      beforePrevious = previous;
      previous = Number.isFinite(inverse) ? inverse : 1;
      return Math.min(GROWTH_LIMIT, Math.max(1, factor));
    },
  };
}

/** An exponent of exactly 0 leaves its error out, whatever it is. */
function power(inverse: number, exponent: number): number {
  return exponent === 0 ? 1 : pow(inverse, exponent);
}
