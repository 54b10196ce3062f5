/** An estimated duration as people want it: one number while it is sure, a range where it is not. */
import type { DurationEstimate } from '../forecast/duration-estimate.js';
import { formatDuration } from './format-duration.js';

/** Below a fifth a range says nothing that a person would act on. */
const narrow = 1.2;

/** @returns e.g. `12m` or `12m (9m-17m)` */
export function formatEstimate({ seconds, low, high }: DurationEstimate): string {
  const text = formatDuration(Math.round(seconds));
  if (high <= narrow * low) return text;
  return `${text} (${formatDuration(Math.round(low))}-${formatDuration(Math.round(high))})`;
}
