/** "Did you mean": the known name with the least edit distance, if it is near enough. */
import { distance } from 'fastest-levenshtein';

/** Null if none is near enough to have been meant. */
export function nearestName(name: string, known: readonly string[]): string | null {
  const sought = name.toLowerCase();
  const [nearest] = known
    .map((candidate) => ({ candidate, edits: distance(sought, candidate.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  // One edit in three characters: `mu` is no slip of `min`, `methdo` is one of `method`.
  const near = known.length > 0 && nearest.edits <= Math.ceil(Math.max(name.length, nearest.candidate.length) / 3);
  return near ? nearest.candidate : null;
}

/** A hint such as `Did you mean "rtol"?`, or the list of what there is. */
export function suggestName(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  return nearest === null ? `Possible names: ${[...known].sort().join(', ')}.` : `Did you mean "${nearest}"?`;
}
