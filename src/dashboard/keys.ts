/**
 * The keyboard: which key means which command, and what help and footer say about it.
 *
 * `j` and `k` move, as in less and vim: what acts on the run has capital letters, so that no slip of a navigating
 * finger pauses it or ends a trial.
 */
import { panes } from './layout.js';
import type { Command, ViewState } from './view-state.js';

/** The part of a key press that matters here; Ink's `Key` has it. */
export interface PressedKey {
  readonly upArrow: boolean;
  readonly downArrow: boolean;
  readonly pageUp: boolean;
  readonly pageDown: boolean;
  readonly home: boolean;
  readonly end: boolean;
  readonly return: boolean;
  readonly escape: boolean;
  readonly tab: boolean;
  readonly shift: boolean;
  readonly ctrl: boolean;
  readonly meta: boolean;
  readonly backspace: boolean;
  readonly delete: boolean;
}

/** What leaves the view and concerns the terminal or the run. */
export type Request =
  | { readonly kind: 'pause' }
  | { readonly kind: 'kill' }
  | { readonly kind: 'quit' }
  | { readonly kind: 'interrupt' }
  | { readonly kind: 'redraw' };

/**
 * What one key means now; null for none.
 * @param input one character, or empty for a key without one
 */
export function commandFor(input: string, key: PressedKey, typing: boolean): Command | Request | null {
  const control = key.ctrl ? controls[input] : rawControls[input];
  if (control !== undefined) return control;
  if (key.ctrl) return null;
  if (typing) return filterCommand(input, key);
  return namedKey(key) ?? (key.meta ? null : (letters[input] ?? null));
}

const controls: Readonly<Partial<Record<string, Request>>> = { c: { kind: 'interrupt' }, l: { kind: 'redraw' } };
/** The same as they come within a chunk of several keys. */
const rawControls: typeof controls = { '\u0003': { kind: 'interrupt' }, '\u000c': { kind: 'redraw' } };

function filterCommand(input: string, key: PressedKey): Command | null {
  if (key.escape) return { kind: 'clear-filter' };
  if (key.return) return { kind: 'accept-filter' };
  if (key.backspace || key.delete) return { kind: 'erase-filter' };
  const text = key.meta || namedKey(key) !== null ? '' : input.replace(/\p{Control}/gu, '');
  return text === '' ? null : { kind: 'type-filter', text };
}

function namedKey(key: PressedKey): Command | null {
  if (key.escape) return { kind: 'back' };
  if (key.return) return { kind: 'open-details' };
  if (key.tab) return { kind: 'focus-next', by: key.shift ? -1 : 1 };
  if (key.upArrow) return line(-1);
  if (key.downArrow) return line(1);
  if (key.pageUp) return { kind: 'move', by: -1, unit: 'page' };
  if (key.pageDown) return { kind: 'move', by: 1, unit: 'page' };
  if (key.home) return line(-Infinity);
  if (key.end) return line(Infinity);
  return null;
}

function line(by: number): Command {
  return { kind: 'move', by, unit: 'line' };
}

const letters: Readonly<Record<string, Command | Request>> = {
  '?': { kind: 'toggle-help' },
  q: { kind: 'quit' },
  '/': { kind: 'start-filter' },
  s: { kind: 'next-sort' },
  S: { kind: 'reverse-sort' },
  P: { kind: 'pause' },
  X: { kind: 'kill' },
  j: line(1),
  k: line(-1),
  g: line(-Infinity),
  G: line(Infinity),
  ...Object.fromEntries(panes.map((pane, index) => [String(index + 1), { kind: 'focus', pane } as const])),
};

export interface KeyHelp {
  readonly keys: string;
  readonly does: string;
}

/** All keys, for the help pane. */
export const keyHelp: readonly KeyHelp[] = [
  { keys: '1 2 3', does: 'go to frontier, trials, details' },
  { keys: 'tab', does: 'next pane, with shift the one before' },
  { keys: '↑ ↓  j k', does: 'move: trials in the table, along the frontier, lines of details' },
  { keys: 'pgup pgdn', does: 'move by a page' },
  { keys: 'g G', does: 'first, last' },
  { keys: 'enter', does: 'details of the selected trial' },
  { keys: '/', does: 'filter trials by any words of their row; enter keeps it, esc drops it' },
  { keys: 's S', does: 'sort by the next of number, state, nfe, loss; reverse' },
  { keys: 'esc', does: 'back: close, drop the filter' },
  { keys: 'P', does: 'pause: running trials go on, no other starts; again: go on' },
  { keys: 'X', does: 'end the selected trial as cancelled; asks' },
  { keys: 'ctrl-l', does: 'draw the screen anew' },
  { keys: 'q', does: 'quit; asks while trials run' },
  { keys: 'ctrl-c', does: 'stop: running trials leave a checkpoint; again: abort them; again: exit' },
];

/** The keys worth knowing now, most important first. */
export function keysInForce(view: ViewState): readonly KeyHelp[] {
  if (view.help)
    return [
      { keys: '? esc', does: 'close help' },
      { keys: 'q', does: 'quit' },
    ];
  const moves = { trials: 'select', frontier: 'walk the frontier', details: 'scroll' }[view.focus];
  return [
    { keys: '?', does: 'help' },
    { keys: 'q', does: 'quit' },
    { keys: 'jk', does: moves },
    ...(view.focus === 'details' ? [{ keys: 'esc', does: 'back' }] : [{ keys: 'enter', does: 'details' }]),
    { keys: '/', does: 'filter' },
    { keys: 's', does: 'sort' },
    { keys: '1-3', does: 'panes' },
  ];
}
