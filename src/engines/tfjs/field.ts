/** A vector field as a function of tfjs tensors, with its parameters declared; build it with `tfjsField()` of `models/`. */

export interface TfjsField {
  readonly kind: 'tfjs';
  /** For messages. */
  readonly name: string;
  /** Columns of the state and of dy/dt. */
  readonly inputs: number;
  readonly outputs: number;
  /** Entries that the field takes in the flat parameter vector: those of its parameters, one after the other. */
  readonly parameterCount: number;
  readonly parameters: readonly TfjsParameter[];
  /** dy/dt, like y, from tfjs tensors; what `tf` and they are, only its author's types say. */
  readonly derivative: (tf: unknown, parameters: Readonly<Record<string, unknown>>, t: unknown, y: unknown) => unknown;
}

export interface TfjsParameter {
  readonly name: string;
  readonly shape: readonly number[];
  /** Row-major entries; 1 for the shape []. */
  readonly size: number;
  readonly initial: TfjsInitial;
}

/**
 * Initial values: uniform in ±√(6 / (fan in + fan out)) over the last two dimensions (Glorot & Bengio 2010, eq. 16),
 * zeros, or whatever a function makes of draws from U[0, 1), row-major.
 */
export type TfjsInitial = 'glorot' | 'zeros' | ((uniform: () => number) => ArrayLike<number>);
