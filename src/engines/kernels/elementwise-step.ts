/** An activation or a power that stands alone in a chain; it holds no memory. */
import type { ActivationKind } from '../layer.js';
import { activationCodes, type KernelCalls } from './calls.js';
import type { Step } from './step.js';

export function activationStep(calls: KernelCalls, kind: ActivationKind, width: number): Step {
  const code = activationCodes[kind];
  return {
    inputs: width,
    outputs: width,
    evaluate: (_t, rows, x, y) => calls.activate(code, x, rows * width, y),
    pullback: (_t, rows, _x, y, yBar, xBar) => {
      if (xBar !== 0) calls.pullActivation(code, y, yBar, rows * width, xBar);
    },
    // The Jacobian is diagonal: the same kernel serves both directions.
    pushforward: (_tDot, rows, _x, y, xDot, yDot) => calls.pullActivation(code, y, xDot, rows * width, yDot),
    dispose: () => undefined,
  };
}

export function powerStep(calls: KernelCalls, exponent: number, width: number): Step {
  return {
    inputs: width,
    outputs: width,
    evaluate: (_t, rows, x, y) => calls.power(exponent, x, rows * width, y),
    pullback: (_t, rows, x, _y, yBar, xBar) => {
      if (xBar !== 0) calls.pullPower(exponent, x, yBar, rows * width, xBar);
    },
    pushforward: (_tDot, rows, x, _y, xDot, yDot) => calls.pullPower(exponent, x, xDot, rows * width, yDot),
    dispose: () => undefined,
  };
}
