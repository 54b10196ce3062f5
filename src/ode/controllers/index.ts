/** The step size controllers by name: what `controller:` in a sweep file may say. */
import type { Controller } from './controller.js';
import { integralController } from './integral.js';
import { proportionalIntegralController } from './proportional-integral.js';

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
