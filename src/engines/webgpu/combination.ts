/** Linear combinations of any number of tensors, given by where they start. */
import type { Commands, Lists } from './commands.js';
import { groupsFor } from './program.js';
import { combine, mostTerms } from './programs/entrywise.js';

/** The terms whose coefficient is not exactly 0, scaled. */
export function listsOf(scale: number, coefficients: readonly number[], starts: readonly number[]): Lists {
  const wanted = coefficients.map((coefficient) => coefficient !== 0);
  return {
    terms: starts.filter((_, j) => wanted[j]),
    coefficients: coefficients.filter((_, j) => wanted[j]).map((coefficient) => scale * coefficient),
  };
}

/** In as many calls as the terms take; each but the first adds to what the one before left. */
export function combineInto(
  commands: Commands,
  to: number,
  base: number | null,
  count: number,
  { terms, coefficients }: Lists,
): void {
  for (let first = 0; first === 0 || first < terms.length; first += mostTerms) {
    const end = Math.min(terms.length, first + mostTerms);
    const start = first === 0 ? base : to;
    commands.call(
      combine,
      { to, base: start ?? 0, based: start === null ? 0 : 1, termCount: end - first, count },
      [groupsFor(count)],
      { terms: terms.slice(first, end), coefficients: coefficients.slice(first, end) },
    );
  }
}
