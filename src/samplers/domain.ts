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

/** The points of a sampler by their 0-based index, below 2^32. */
export type PointSequence = (index: number) => Point;

/** Whether a parameter has one value only. */
export function isFixed(domain: Domain): boolean {
  return domain.kind === 'values' ? new Set(domain.values).size === 1 : domain.min === domain.max;
}

/** First and last multiple of a step in [min, max], in steps; none if first > last. */
export function multiples(min: number, max: number, step: number): { readonly first: number; readonly last: number } {
  // 0.3 / 0.1 is 2.9999999999999996: twelve digits make it 3.
  const steps = (value: number): number => Number((value / step).toPrecision(12));
  return { first: Math.ceil(steps(min)), last: Math.floor(steps(max)) };
}
