/** "Did you mean": the known name with the least edit distance, if it is near enough. */
import { distance } from 'fastest-levenshtein';

/** A hint such as `Did you mean "rtol"?`, or the list of what there is. */
export function suggestName(name: string, known: readonly string[]): string {
  const [nearest] = [...known].sort((a, b) => distance(name, a) - distance(name, b));
  const near = known.length > 0 && distance(name, nearest) <= Math.max(2, Math.floor(nearest.length / 3));
  return near ? `Did you mean "${nearest}"?` : `There are: ${[...known].sort().join(', ')}.`;
}
