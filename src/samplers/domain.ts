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
  /** Integers in [min, max], fewer than 2^32 of them. */
  | { readonly kind: 'integers'; readonly min: number; readonly max: number };

export type Space = ReadonlyMap<string, Domain>;

/** One point of a space. */
export type Point = Readonly<Record<string, Scalar>>;

/** First and last multiple of a step in [min, max], in steps; none if first > last. */
export function multiples(min: number, max: number, step: number): { readonly first: number; readonly last: number } {
  // 0.3 / 0.1 is 2.9999999999999996: twelve digits make it 3.
  const steps = (value: number): number => Number((value / step).toPrecision(12));
  return { first: Math.ceil(steps(min)), last: Math.floor(steps(max)) };
}
