/**
 * Elementary (I) controller (Hairer, Nørsett & Wanner I, II.4; torchdiffeq's rule): factor 0.9·E^(−1/k), never
 * shrinking after success and never growing after failure.
 */
import { pow } from '../../elementary/elementary.js';
import { GROWTH_LIMIT, SAFETY, SHRINK_LIMIT, type Controller } from './controller.js';

export function integralController(order: number): Controller {
  const accepts = (error: number): boolean => error < 1;
  return {
    accepts,
    nextFactor: (error) => {
      if (error === 0) return GROWTH_LIMIT;
      if (!Number.isFinite(error)) return SHRINK_LIMIT;
      const factor = SAFETY * pow(error, -1 / order);
      return accepts(error)
        ? Math.min(GROWTH_LIMIT, Math.max(1, factor))
        : Math.min(SAFETY, Math.max(SHRINK_LIMIT, factor));
    },
  };
}
