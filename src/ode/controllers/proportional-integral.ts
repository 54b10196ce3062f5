/**
 * PI controller as SciML's OrdinaryDiffEq runs it (Gustafsson 1991; Hairer & Wanner II, IV.2): the rule
 * under which arXiv 2105.03918 was measured. β1 = 7/(10k), β2 = 2/(5k), safety 0.9, factors in
 * [1/5, 10]; the error memory starts at 1e-4 and never falls below it. Stochastic solves there grow by 9/8 at most.
 */
import { pow } from '../../elementary/elementary.js';
import { GROWTH_LIMIT, SAFETY, SHRINK_LIMIT, type Controller } from './controller.js';

const ERROR_FLOOR = 1e-4;

export function proportionalIntegralController(order: number, growthLimit: number = GROWTH_LIMIT): Controller {
  const beta1 = 7 / (10 * order);
  const beta2 = 2 / (5 * order);
  let previousError = ERROR_FLOOR;
  const accepts = (error: number): boolean => error <= 1;
  return {
    accepts,
    nextFactor: (error) => {
      if (!Number.isFinite(error)) return SHRINK_LIMIT;
      const proportional = pow(error, beta1);
      if (!accepts(error)) return Math.max(SHRINK_LIMIT, SAFETY / proportional);
      const quotient = proportional / pow(previousError, beta2) / SAFETY;
      previousError = Math.max(error, ERROR_FLOOR);
      return 1 / Math.min(1 / SHRINK_LIMIT, Math.max(1 / growthLimit, quotient));
    },
  };
}
