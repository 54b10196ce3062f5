/**
 * The values that one parameter may take in a sweep.
 */
export type Scalar = number | string | boolean;

export type Domain =
  /** Listed, in order; a grid takes each once. */
  | { readonly kind: 'values'; readonly values: readonly Scalar[] }
  /** Real numbers in [min, max], uniform or uniform in the logarithm; `step` rounds to its multiples. */
  | {
      readonly kind: 'range';
      readonly min: number;
      readonly max: number;
      readonly logarithmic: boolean;
      readonly step: number | null;
    }
  /** Integers in [min, max]. */
  | { readonly kind: 'integers'; readonly min: number; readonly max: number };

export type Space = ReadonlyMap<string, Domain>;

/** One point of a space. */
export type Point = Readonly<Record<string, Scalar>>;
