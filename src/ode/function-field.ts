/**
 * A vector field given by plain functions of time and one row of state, on the host.
 *
 * For solving equations that no layers express; every row goes through the same function. Needs an engine whose
 * tensors can be read at once (`kernels`, `reference`). Known limit: slower than a compiled chain by the cost of
 * reading and writing each row.
 */
import type { Activations, Engine, Tensor } from '../engines/engine.js';
import { UserError } from '../errors.js';
import type { VectorField } from './vector-field.js';

export interface FieldFunctions {
  /** dy/dt at (t, y), one number for each entry of y. */
  readonly f: (t: number, y: Float64Array) => ArrayLike<number>;
  /** f_yᵀ derivativeBar: what adjoints need. */
  readonly pullback?: (t: number, y: Float64Array, derivativeBar: Float64Array) => ArrayLike<number>;
  /** f_y yDot + f_t tDot: what implicit methods need. */
  readonly pushforward?: (t: number, y: Float64Array, tDot: number, yDot: Float64Array) => ArrayLike<number>;
}

export interface FunctionField extends VectorField {
  /** Evaluations so far. */
  readonly calls: () => number;
}

/** @throws UserError, when it is used, if a function is missing, gives too few numbers, or the engine cannot wait */
export function functionField(engine: Engine, { f, pullback, pushforward }: FieldFunctions): FunctionField {
  let calls = 0;
  const pull = (t: number, y: Tensor, derivativeBar: Tensor, yBar: Tensor | null): void => {
    if (pullback === undefined) throw missing('pullback', 'an adjoint');
    if (yBar !== null) byRow(engine, yBar, [y, derivativeBar], ([state, bar]) => pullback(t, state, bar));
  };
  return {
    calls: () => calls,
    createActivations: (rows): Activations => ({ rows, bytes: 0, dispose: () => undefined }),
    evaluate: (t, y, derivative) => {
      calls += 1;
      byRow(engine, derivative, [y], ([state]) => f(t, state));
    },
    pullback: (t, y, _derivative, _kept, derivativeBar, yBar) => pull(t, y, derivativeBar, yBar),
    pullbackInput: (t, y, _derivative, _kept, derivativeBar, yBar) => pull(t, y, derivativeBar, yBar),
    pushforward: (t, y, _derivative, _kept, tDot, yDot, derivativeDot) => {
      if (pushforward === undefined) throw missing('pushforward', 'an implicit method');
      byRow(engine, derivativeDot, [y, yDot], ([state, dot]) => pushforward(t, state, tDot, dot));
    },
  };
}

/** target's rows from the same rows of the sources. */
function byRow(
  engine: Engine,
  target: Tensor,
  sources: readonly Tensor[],
  map: (rows: readonly Float64Array[]) => ArrayLike<number>,
): void {
  const { rows, columns } = target;
  const values = sources.map((source) => {
    const read = engine.read(source);
    if (read instanceof Promise) {
      throw new UserError('usage', `A field of plain functions cannot run on the engine ${engine.name}.`, {
        hint: 'Use the engine kernels or reference, or a field of layers.',
      });
    }
    return read;
  });
  const result = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row += 1) {
    const given = map(values.map((value) => value.subarray(row * columns, (row + 1) * columns)));
    if (given.length !== columns) {
      throw new UserError('usage', `The field gave ${given.length} numbers for a state of ${columns}.`);
    }
    result.set(given, row * columns);
  }
  engine.write(target, result);
}

function missing(name: string, user: string): UserError {
  return new UserError('usage', `The field has no ${name}, which ${user} needs.`, {
    hint: `Give functionField a function ${name}.`,
  });
}
