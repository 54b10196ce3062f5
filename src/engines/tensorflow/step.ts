/** What a chain is made of once its neighbours are grouped. Every handle that a step returns is new. */
import type { ActivationKind } from '../layer.js';
import type { Handle } from './binding.js';
import type { Operations } from './operations.js';

export interface Step {
  evaluate(t: number, x: Handle): Handle;
  /** @param rows of yBar @param wanted whether the cotangent of x is; null if not */
  pullback(
    t: number,
    rows: number,
    x: Handle,
    y: Handle,
    yBar: Handle,
    wanted: boolean,
    intoGradient: boolean,
  ): Handle | null;
  pushforward(tDot: number, x: Handle, y: Handle, xDot: Handle): Handle;
  dispose(): void;
}

export function activationStep(operations: Operations, kind: ActivationKind): Step {
  return {
    evaluate: (_t, x) => operations.activate(kind, x),
    pullback: (_t, _rows, _x, y, yBar, wanted) => (wanted ? operations.activationSlope(kind, y, yBar) : null),
    pushforward: (_tDot, _x, y, xDot) => operations.activationSlope(kind, y, xDot),
    dispose: () => undefined,
  };
}

export function powerStep(operations: Operations, exponent: number): Step {
  const slope = (x: Handle, d: Handle): Handle => {
    if (exponent === 1) return operations.identity(d);
    return operations.multiply(operations.scale(power(operations, x, exponent - 1), exponent), d);
  };
  return {
    evaluate: (_t, x) => (exponent === 1 ? operations.identity(x) : power(operations, x, exponent)),
    pullback: (_t, _rows, x, _y, yBar, wanted) => (wanted ? slope(x, yBar) : null),
    pushforward: (_tDot, x, _y, xDot) => slope(x, xDot),
    dispose: () => undefined,
  };
}

/** x^exponent by repeated multiplication: exact signs, as the layer says; x itself for 1. */
function power(operations: Operations, x: Handle, exponent: number): Handle {
  let product = x;
  for (let i = 1; i < exponent; i++) product = operations.multiply(product, x);
  return product;
}
