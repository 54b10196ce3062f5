/**
 * The rule of scipy's `solve_ivp` (RK23, RK45): elementary control whose accepted steps may shrink the next one, and
 * which does not grow right after a rejection.
 */
import { pow } from '../../elementary/elementary.js';
import { GROWTH_LIMIT, SAFETY, SHRINK_LIMIT, type Controller } from './controller.js';

export function scipyController(order: number): Controller {
  let rejectedBefore = false;
  const accepts = (error: number): boolean => error < 1;
  return {
    accepts,
    nextFactor: (error) => {
      const factor = error === 0 ? GROWTH_LIMIT : SAFETY * pow(error, -1 / order);
      if (!accepts(error)) {
        rejectedBefore = true;
        return Number.isFinite(error) ? Math.max(SHRINK_LIMIT, factor) : SHRINK_LIMIT;
      }
      const limit = rejectedBefore ? 1 : GROWTH_LIMIT;
      rejectedBefore = false;
      return Math.min(limit, factor);
    },
  };
}
