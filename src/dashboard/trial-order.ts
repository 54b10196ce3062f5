/** Which trials the table lists, and in which order. */
import type { TrialView } from '../sweep/monitor/monitor-trial.js';
import { trialStates } from '../sweep/trial-state.js';
import { currentValue, parameterText } from './trial-figures.js';

export const sortKeys = ['number', 'state', 'nfe', 'loss'] as const;
export type SortKey = (typeof sortKeys)[number];

export interface TrialOrder {
  readonly by: SortKey;
  readonly descending: boolean;
  /** Words that a trial's row must all contain, whatever their case; empty for all trials. */
  readonly filter: string;
}

/** A trial's searchable text; remembers it, since a view never changes. */
export type TrialText = (trial: TrialView) => string;

/** @param axes the parameters that are shown, and therefore found */
export function createTrialText(axes: readonly string[]): TrialText {
  const known = new WeakMap<TrialView, string>();
  return (trial) => {
    const found = known.get(trial);
    if (found !== undefined) return found;
    const { parameters } = trial.cell;
    const values = axes.map((axis) => `${axis}=${parameterText(parameters, axis)}`);
    const text = [`#${trial.number}`, trial.state, ...values, trial.reason?.code, trial.reason?.message]
      .join(' ')
      .toLowerCase();
    known.set(trial, text);
    return text;
  };
}

/** Trials without a value (not begun, or not finite) come last, whatever the direction. */
export function orderTrials(trials: readonly TrialView[], order: TrialOrder, textOf: TrialText): readonly TrialView[] {
  const words = order.filter.toLowerCase().split(' ').filter(Boolean);
  const kept =
    words.length === 0 ? trials : trials.filter((trial) => words.every((word) => textOf(trial).includes(word)));
  if (order.by === 'number') return order.descending ? kept.toReversed() : kept;
  const sign = order.descending ? -1 : 1;
  const by = order.by;
  const keyed = kept.map((trial) => ({ trial, key: sortValue(trial, by) }));
  return keyed
    .sort((a, b) => compareKeys(a.key, b.key, sign) || a.trial.number - b.trial.number)
    .map(({ trial }) => trial);
}

function compareKeys(a: number | null, b: number | null, sign: number): number {
  if (a === null || b === null) return (a === null ? 1 : 0) - (b === null ? 1 : 0);
  return sign * (a - b);
}

/** Running trials first, then completed ones, then those that need a look, queued ones last. */
const stateRanks = [
  'running',
  'completed',
  ...trialStates.filter((s) => s !== 'running' && s !== 'completed' && s !== 'queued'),
  'queued',
];

function sortValue(trial: TrialView, by: Exclude<SortKey, 'number'>): number | null {
  if (by === 'state') return stateRanks.indexOf(trial.state);
  // What a failed trial measured last says nothing about how good it is.
  const value = trial.state === 'completed' || trial.state === 'running' ? currentValue(trial, by) : null;
  return value !== null && Number.isFinite(value) ? value : null;
}
