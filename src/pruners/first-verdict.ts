/** Several rules as one: the first, in their order, that stops a trial says why. */
import type { Pruner } from './pruner.js';

export function firstVerdict(pruners: readonly Pruner[]): Pruner {
  return {
    verdict(own, others) {
      // An iterable may bear one pass only.
      const compared = pruners.length === 1 ? others : [...others];
      for (const pruner of pruners) {
        const verdict = pruner.verdict(own, compared);
        if (verdict !== null) return verdict;
      }
      return null;
    },
  };
}
