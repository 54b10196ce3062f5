/** Lengths of time as people write them: seconds as a number, or `90s`, `10m`, `1h30m`, `2d`. */

/** 24 days; timers of more than 2³¹ ms fire at once. */
export const longestSeconds = 24 * 86_400;

const secondsOf: Readonly<Record<string, number>> = { ms: 1e-3, s: 1, m: 60, h: 3600, d: 86_400 };

/** @returns seconds; NaN if the text is no length of time */
export function parseDuration(text: string | number): number {
  if (typeof text === 'number') return text;
  // What is typed on a command line is text: `max_time=90` means seconds, too.
  if (text.trim() !== '' && Number.isFinite(Number(text))) return Number(text);
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/.test(text)) return NaN;
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g);
  return Array.from(parts, ([, count, unit]) => Number(count) * secondsOf[unit]).reduce((sum, part) => sum + part, 0);
}
