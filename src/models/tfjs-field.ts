/**
 * Declares a vector field as a function of tfjs tensors, for dynamics that no chain of layers expresses. It runs on the
 * engines that tfjs has a backend for (`tensorflow`; `webgpu`, for which `@tensorflow/tfjs` and
 * `@tensorflow/tfjs-backend-webgpu` must be installed), with derivatives by tfjs's own differentiation:
 *
 *   tfjsField({
 *     name: 'spiral',
 *     inputs: 2,
 *     parameters: { W1: [2, 50], b1: [50], W2: [50, 2] },
 *     field: (tf, { W1, b1, W2 }, t, y) => tf.matMul(tf.tanh(tf.add(tf.matMul(tf.pow(y, 3), W1), b1)), W2),
 *   })
 *
 * The function must be pure: it is called for values, for products with the Jacobian, and again on replay. What it
 * makes is disposed after every call; a constant that it wants to keep (`tf.keep`) must be made in its first call, and
 * belongs to the engine: on `webgpu` it is gone with it, so that a task makes field and constant anew for each trial.
 * In TypeScript its arguments are typed where it is written, by whichever tfjs the author has installed:
 *
 *   import type * as tfjs from '@tensorflow/tfjs';
 *   field: (tf: typeof tfjs, { W1 }: Record<string, tfjs.Tensor2D>, t: tfjs.Scalar, y: tfjs.Tensor2D) => …
 *
 * Known limits: f32; no Taylor regulariser, which needs Taylor coefficients layer by layer; every pullback evaluates the
 * function again, and each of its operations is a call into tfjs, so that a chain of layers is faster where it will do. On
 * `webgpu` nothing can be read at once (dataSync, arraySync).
 */
import { UserError } from '../errors.js';
import type { TfjsField, TfjsInitial, TfjsParameter } from '../engines/tfjs/field.js';
import type { TfjsTensor } from '../engines/tfjs/tfjs.js';

/** Its types are those that the author's function says its arguments have. */
export interface TfjsFieldDeclaration<Tf, Value, Time, State> {
  /** What messages call it. */
  readonly name: string;
  /** Columns of the state. */
  readonly inputs: number;
  /** Shapes by name, with their initial values or by default Glorot's for two dimensions or more, zeros for fewer. */
  readonly parameters: Readonly<Record<string, readonly number[] | TfjsParameterDeclaration>>;
  /**
   * @param tf the tfjs that the engine computes on
   * @param parameters float32 tensors by the declared names
   * @param t scalar float32 tensor
   * @param y [rows, inputs], a row for each trajectory
   * @returns dy/dt, shaped like y, a differentiable function of y and the parameters
   */
  readonly field: (tf: Tf, parameters: Readonly<Record<string, Value>>, t: Time, y: State) => TfjsTensor;
}

export interface TfjsParameterDeclaration {
  readonly shape: readonly number[];
  readonly initial?: TfjsInitial;
}

/** @throws UserError that names the field and what of its declaration means nothing */
export function tfjsField<Tf, Value, Time, State>(
  declaration: TfjsFieldDeclaration<Tf, Value, Time, State>,
): TfjsField {
  const { name, inputs, field } = declaration;
  const refuse = (message: string): never => {
    throw new UserError('usage', `The tfjs field "${name}" ${message}.`);
  };
  if (!isDimension(inputs)) refuse(`must have a positive whole number of inputs, not ${String(inputs)}`);
  if (typeof field !== 'function') refuse('needs a function `field: (tf, parameters, t, y) => dy/dt`');
  const parameters = Object.entries(declaration.parameters).map(([key, given]): TfjsParameter => {
    const { shape, initial } = isShape(given) ? { shape: given, initial: undefined } : given;
    if (!isShape(shape) || !shape.every(isDimension)) {
      refuse(`must declare ${key} by positive whole dimensions such as [50, 2], not ${JSON.stringify(shape)}`);
    }
    const size = shape.reduce((product, dimension) => product * dimension, 1);
    return { name: key, shape, size, initial: initial ?? (shape.length >= 2 ? 'glorot' : 'zeros') };
  });
  return {
    kind: 'tfjs',
    name,
    inputs,
    outputs: inputs,
    parameterCount: parameters.reduce((sum, { size }) => sum + size, 0),
    parameters,
    derivative: field as TfjsField['derivative'],
  };
}

/** Initial values of a field's parameters. @param uniform draws from U[0, 1) @throws UserError if there are too few */
export function initialValues({ name, parameters }: TfjsField, uniform: () => number): Float64Array {
  return Float64Array.from(
    parameters.flatMap((parameter) => {
      const values = valuesOf(parameter, uniform);
      if (values.length === parameter.size) return values;
      throw new UserError(
        'usage',
        `The tfjs field "${name}" starts ${parameter.name} with ${values.length} values, but it has ${parameter.size}.`,
      );
    }),
  );
}

function valuesOf({ shape, size, initial }: TfjsParameter, uniform: () => number): readonly number[] {
  if (typeof initial === 'function') return Array.from(initial(uniform));
  if (initial === 'zeros') return new Array<number>(size).fill(0);
  const [fanIn, fanOut] = [shape.at(-2) ?? 1, shape.at(-1) ?? 1];
  const bound = Math.sqrt((6 / (fanIn + fanOut)) * ((fanIn * fanOut) / size));
  return Array.from({ length: size }, () => -bound + 2 * bound * uniform());
}

function isShape(given: unknown): given is readonly number[] {
  return Array.isArray(given);
}

function isDimension(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) > 0;
}
