/** What early stopping saved and may have missed, in sentences. */
import { countOf } from './count-of.js';
import { formatDuration } from './format-duration.js';
import { formatNumber } from './format-number.js';
import type { PruningSummary } from './pruning-summary.js';

/** Lines of text, without a newline at their ends. */
export function formatPruning(summary: PruningSummary): readonly string[] {
  const { stopped, trials, epochsSaved, epochsPlanned, secondsSaved, examined, spared, sparedOnFrontier } = summary;
  const scaled = examined < stopped ? ` (seconds and chances from ${examined} of them)` : '';
  // Other programs need not say beforehand how long they train.
  const saved =
    epochsPlanned === 0
      ? 'what that saved cannot be said, as nothing says how many epochs they would have had.'
      : `${epochsSaved} of ${epochsPlanned} epochs saved, about ${formatDuration(secondsSaved)} of training.`;
  return [
    `Early stopping ended ${stopped} of ${countOf(trials, 'trial')}${scaled}: ${saved}`,
    ...(stopped === 0 ? [] : [missed(summary)]),
    ...(spared === 0
      ? []
      : [
          `Of ${countOf(spared, 'spared trial')} that the rule would have stopped, ${sparedOnFrontier} ended on the frontier.`,
        ]),
  ];
}

function missed({ expectedMissed, likeliestMissed }: PruningSummary): string {
  if (expectedMissed === null) return 'Whether they would have reached the frontier cannot be said: no trial went on.';
  const listed = likeliestMissed.map(({ trial, chance }) => `#${trial} (${percent(chance)})`).join(', ');
  const likeliest = listed === '' ? '' : `; likeliest ${listed}`;
  return `Continued as the completed trials went on, ${formatNumber(expectedMissed, 2)} of them would be on the frontier${likeliest}.`;
}

function percent(chance: number): string {
  return chance < 0.01 ? 'below 1%' : `${Math.round(100 * chance)}%`;
}
