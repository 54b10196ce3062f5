/** An activation or a power that stands alone in a chain; it holds no memory. */
import type { ActivationKind } from '../layer.js';
import { activationCodes } from './calls.js';
import { pieceCodes, type Step } from './step.js';

export function activationStep(kind: ActivationKind, width: number): Step {
  return elementwise(pieceCodes.activation, activationCodes[kind], width);
}

export function powerStep(exponent: number, width: number): Step {
  return elementwise(pieceCodes.power, exponent, width);
}

function elementwise(kind: number, operation: number, width: number): Step {
  return {
    inputs: width,
    outputs: width,
    needsPreactivationCotangent: false,
    descriptor: [kind, width, width, operation],
    packForward: () => undefined,
    packBackward: () => undefined,
    dispose: () => undefined,
  };
}
