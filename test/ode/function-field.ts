/** A field given by a plain function of time and one row of state; it counts its calls and has no pullback. */
import type { Engine } from '../../src/engines/engine.js';
import type { VectorField } from '../../src/ode/vector-field.js';

export type PlainFunction = (t: number, y: Float64Array) => readonly number[];

export interface FunctionField extends VectorField {
  readonly calls: () => number;
}

/** @param engine a synchronous one */
export function functionField(engine: Engine, f: PlainFunction): FunctionField {
  let calls = 0;
  const refuse = (): never => {
    throw new Error('A plain function has no derivative.');
  };
  return {
    calls: () => calls,
    createActivations: (rows) => ({ rows, dispose: () => undefined }),
    evaluate: (t, y, derivative) => {
      calls += 1;
      engine.write(derivative, f(t, engine.read(y) as Float64Array));
    },
    pullback: refuse,
    pullbackInput: refuse,
    pushforward: refuse,
  };
}
