/** A measurement that a figure and a table share: made when first asked for, and once. */
export function once<Result>(measure: () => Promise<Result>): () => Promise<Result> {
  let made: Promise<Result> | null = null;
  return () => (made ??= measure());
}
