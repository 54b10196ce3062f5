/**
 * Dominance rule, for several objectives: a trial is stopped when enough others beat it in every objective, with margin, at the
 * same epoch, and have done so for several epochs in a row.
 *
 * It asks less of a trial than a rule for one objective: an expensive trial that is the most accurate goes on, and so
 * does a cheap one that is not. At least one of those that beat it must have ended, so that the leaders of the first
 * epochs alone, which may yet cross, stop nobody.
 *
 * a beats b with margin m when a ≤ b − m·|b| in every objective and a < b in one: with m = 0.1 and positive costs, when
 * it costs nine tenths or less.
 */
import { isJudged, type JudgedEpochs } from './judged-epochs.js';
import { pointAt } from './measure.js';
import type { Curve, Pruner } from './pruner.js';

export interface DominatedSettings extends JudgedEpochs {
  /** In [0, 1), one per objective. */
  readonly margins: readonly number[];
  /** How many must beat a trial. */
  readonly by: number;
  /** For so many epochs in a row. */
  readonly patience: number;
}

export function createDominatedPruner(settings: DominatedSettings): Pruner {
  const { margins, by, patience } = settings;
  return {
    verdict(own, others) {
      const epoch = own.points.at(-1)?.epoch ?? 0;
      if (!isJudged(epoch, settings) || own.points.length < patience) return null;
      const rivals = [...others];
      let fewest = Infinity;
      // The latest epoch first: it decides most often.
      for (const point of own.points.slice(-patience).reverse()) {
        const winners = rivals.filter((rival) => beats(pointAt(rival, point.epoch)?.costs, point.costs, margins));
        if (winners.length < by || !winners.some(hasEnded)) return null;
        fewest = Math.min(fewest, winners.length);
      }
      const span = patience === 1 ? `at epoch ${epoch}` : `in epochs ${epoch - patience + 1} to ${epoch}`;
      const winners = fewest === 1 ? '1 trial' : `${fewest} trials`;
      return { code: 'dominated', message: `${winners} or more were better in every objective, with margin, ${span}` };
    },
  };
}

const hasEnded = ({ ended }: Curve): boolean => ended;

/** Costs that are not all finite beat nothing; NaN and infinity are beaten by anything finite. */
function beats(a: readonly number[] | undefined, b: readonly number[], margins: readonly number[]): boolean {
  if (!a?.every(Number.isFinite)) return false;
  let better = false;
  for (const [index, cost] of a.entries()) {
    const other = b[index];
    if (!(other < Infinity)) better = true;
    else if (!(cost <= other - margins[index] * Math.abs(other))) return false;
    else better ||= cost < other;
  }
  return better;
}
