/**
 * Step size control: from the error norm of an attempt to the factor for the next step size.
 *
 * A controller knows the method's order and the errors it was shown, nothing else. Every factor is a
 * double computed from exactly rounded arithmetic (`elementary/`), so that grids are the same everywhere.
 */
import { integralController } from './integral.js';
import { proportionalIntegralController } from './proportional-integral.js';

export interface Controller {
  /** Whether an attempt with this error norm is accepted. */
  accepts(error: number): boolean;
  /** h_next / h after an attempt; also updates the controller's memory. NaN or ∞ counts as a bad rejection. */
  nextFactor(error: number): number;
}

export const controllerNames = ['integral', 'pi'] as const;

export type ControllerName = (typeof controllerNames)[number];

/** A fresh controller for one solve. @param order of the propagated solution */
export function createController(name: ControllerName, order: number): Controller {
  switch (name) {
    case 'integral':
      return integralController(order);
    case 'pi':
      return proportionalIntegralController(order);
  }
}
