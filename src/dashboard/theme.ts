/** How tones look: with colours, or (NO_COLOR) with weight and inversion only. */
import type { TextProps } from 'ink';
import type { TrialState } from '../sweep/trial-state.js';
import type { Tone } from './styled-line.js';

export type Theme = Readonly<Record<Tone, Pick<TextProps, 'color' | 'bold' | 'dimColor' | 'inverse'>>>;

const plain: Theme = {
  plain: {},
  faint: { dimColor: true },
  strong: { bold: true },
  accent: {},
  good: {},
  bad: { bold: true },
  warning: { bold: true },
  odd: { bold: true },
  chosen: { inverse: true },
};

const coloured: Theme = {
  ...plain,
  accent: { color: 'cyan' },
  good: { color: 'green' },
  bad: { color: 'red' },
  warning: { color: 'yellow' },
  odd: { color: 'magenta' },
};

/** Follows https://no-color.org: any non-empty value of NO_COLOR takes the colours away. */
export function chooseTheme(environment: Readonly<Record<string, string | undefined>>): Theme {
  const noColor = environment.NO_COLOR;
  return noColor === undefined || noColor === '' ? coloured : plain;
}

export const stateTones: Readonly<Record<TrialState, Tone>> = {
  queued: 'faint',
  running: 'accent',
  completed: 'good',
  failed: 'bad',
  diverged: 'odd',
  timed_out: 'warning',
  pruned: 'warning',
  cancelled: 'faint',
};
