/** The step size controllers by name: what `controller:` in a sweep file may say. */
import { UserError } from '../../errors.js';
import type { Controller } from './controller.js';
import { integralController } from './integral.js';
import { proportionalIntegralController } from './proportional-integral.js';
import { proportionalIntegralDerivativeController, type PidCoefficients } from './proportional-integral-derivative.js';
import { scipyController } from './scipy.js';

export const controllerNames = ['integral', 'pi', 'pid', 'scipy'] as const;

export type ControllerName = (typeof controllerNames)[number];

/**
 * `pi` is SciML's rule, `pid` diffrax's with P, I, D = 0.4, 0.3, 0 unless given (the values its documentation
 * recommends for most problems).
 */
export type ControllerSettings = ControllerName | ({ readonly kind: 'pid' } & PidCoefficients);

const defaultPid: PidCoefficients = { p: 0.4, i: 0.3, d: 0 };

/**
 * A fresh controller for one solve. @param order of the propagated solution
 * @throws UserError if PID coefficients cannot control anything
 */
export function createController(settings: ControllerSettings, order: number): Controller {
  switch (settings) {
    case 'integral':
      return integralController(order);
    case 'pi':
      return proportionalIntegralController(order);
    case 'scipy':
      return scipyController(order);
    case 'pid':
      return proportionalIntegralDerivativeController(order, defaultPid);
    default: {
      const { p, i, d } = settings;
      // The response to this attempt's own error must shrink a step that failed.
      if (!Number.isFinite(p + i + d) || !(p + i + d > 0)) {
        throw new UserError('usage', `PID coefficients must be finite with P + I + D > 0, not ${p}, ${i}, ${d}.`);
      }
      return proportionalIntegralDerivativeController(order, settings);
    }
  }
}
