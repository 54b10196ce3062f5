/** A field whose entry i is one function of entry i: truly diagonal. It counts its calls and has tangents, no pullback. */
import type { Engine, Tensor } from '../../../src/engines/engine.js';
import type { VectorField } from '../../../src/ode/vector-field.js';

export interface EntrywiseField extends VectorField {
  readonly calls: () => number;
}

/** @param engine a synchronous one @param slope derivative of f by u */
export function entrywiseField(
  engine: Engine,
  f: (u: number, t: number) => number,
  slope: (u: number, t: number) => number = () => NaN,
): EntrywiseField {
  let calls = 0;
  const read = (tensor: Tensor): Float64Array => engine.read(tensor) as Float64Array;
  const refuse = (): never => {
    throw new Error('This field has no pullback.');
  };
  return {
    calls: () => calls,
    createActivations: (rows) => ({ rows, bytes: 0, dispose: () => undefined }),
    evaluate: (t, y, derivative) => {
      calls += 1;
      engine.write(
        derivative,
        read(y).map((u) => f(u, t)),
      );
    },
    pullback: refuse,
    pullbackInput: refuse,
    pushforward: (t, y, _derivative, _kept, _tDot, yDot, derivativeDot) => {
      const dots = read(yDot);
      engine.write(
        derivativeDot,
        read(y).map((u, i) => slope(u, t) * dots[i]),
      );
    },
  };
}
