/**
 * What can be wrong with a user's field of tfjs functions, told with the field's name and what to do.
 *
 * Invariant: tfjs's and the user's own errors come through as the cause, in their words.
 */
import { UserError } from '../../errors.js';
import type { TfjsField } from './field.js';
import type { TfjsTensor } from './tfjs.js';

/** Lines of a stack that are kept: more than tfjs has between the user's code and its own that throws. */
const deepestStack = 50;

export class FieldMistakes {
  constructor(private readonly field: TfjsField) {}

  /** Calls the user's function. @returns its result, a float32 tensor of this shape @throws UserError */
  checked(shape: readonly number[], call: () => unknown): TfjsTensor {
    let result: unknown;
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = deepestStack;
    try {
      result = call();
    } catch (cause) {
      throw this.#mistake(`threw: ${messageOf(cause)}`, placeOf(cause), cause);
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
    if (result instanceof Promise) {
      // What it comes to is of no use any more.
      result.catch(() => undefined);
      throw this.#mistake('returned a promise', 'It must return a tensor at once: leave out async and await.');
    }
    if (!isTensor(result)) {
      throw this.#mistake(
        `returned no tensor, but ${describe(result)}`,
        'Return dy/dt as a tensor of the tf that it is given.',
      );
    }
    if (result.isDisposed) {
      throw this.#mistake('returned a tensor that it had disposed', 'Leave it to the caller to dispose of tensors.');
    }
    if (result.shape.length !== shape.length || result.shape.some((dimension, i) => dimension !== shape[i])) {
      throw this.#mistake(
        `returned a tensor of shape [${result.shape.join(', ')}]`,
        `dy/dt must be shaped like y: here [${shape.join(', ')}].`,
      );
    }
    if (result.dtype !== 'float32') {
      throw this.#mistake(`returned a tensor of dtype ${result.dtype}`, "Return float32: tf.cast(…, 'float32').");
    }
    return result;
  }

  /** @throws UserError where tfjs cannot differentiate the field */
  whileDifferentiating<T>(times: 'once' | 'twice', compute: () => T): T {
    try {
      return compute();
    } catch (cause) {
      if (cause instanceof UserError) throw cause;
      throw times === 'once'
        ? this.#mistake(
            `is not differentiable: ${messageOf(cause)}`,
            'Training needs operations that have a gradient: replace the one named.',
            cause,
          )
        : this.#mistake(
            `has no Jacobian–vector product, which an implicit solver needs: ${messageOf(cause)}`,
            'It takes operations with second derivatives: replace the one named, or choose an explicit solver.',
            cause,
          );
    }
  }

  /** The cotangent of y. @throws UserError if there is no way from y to dy/dt */
  ofState(bar: TfjsTensor | null): TfjsTensor {
    if (bar !== null) return bar;
    throw this.#mistake(
      'does not depend on y by differentiable operations',
      'Do not take y out of tfjs (dataSync, arraySync). If dy/dt is not to depend on it, add tf.mul(y, 0).',
    );
  }

  keeping(count: number): UserError {
    return this.#mistake(
      `kept ${count} tensor${count === 1 ? '' : 's'} after its call`,
      'Make constants that it keeps (tf.keep, tf.variable) in its first call only.',
    );
  }

  #mistake(what: string, hint: string, cause?: unknown): UserError {
    return new UserError('usage', `The tfjs field "${this.field.name}" ${what}.`, { hint, cause });
  }
}

function isTensor(value: unknown): value is TfjsTensor {
  return typeof value === 'object' && value !== null && 'dataId' in value && 'shape' in value && 'dtype' in value;
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}

function messageOf(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).replace(/\.\s*$/, '');
}

/** Where the user's code threw: the first line of the stack that is in no package. */
function placeOf(cause: unknown): string {
  const lines = cause instanceof Error ? (cause.stack ?? '').split('\n') : [];
  const line = lines.find((text) => /^\s+at /.test(text) && !text.includes('node_modules') && !text.includes('node:'));
  return line === undefined ? 'Correct the function.' : `Correct it ${line.trim()}.`;
}
