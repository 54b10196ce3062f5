/**
 * What the viewer has chosen to see, and how each command of the keyboard changes it. Pure.
 *
 * The selection is a trial, not a row: it stays with its trial when the order changes.
 */
import type { TrialId } from '../sweep/store.js';
import { panes, type Pane } from './layout.js';
import { sortKeys, type TrialOrder } from './trial-order.js';

export interface ViewState {
  readonly focus: Pane;
  /** Where `back` leads from the details. */
  readonly before: Pane;
  readonly order: TrialOrder;
  /** Null as long as nobody has chosen: then the dashboard follows the run. */
  readonly selected: TrialId | null;
  readonly help: boolean;
  /** The filter is being typed. */
  readonly typing: boolean;
  /** `q` was pressed while trials run. */
  readonly leaving: boolean;
  /** The trial that `X` was pressed on, once. */
  readonly killing: TrialId | null;
  /** First line of the details that is shown. */
  readonly detailsTop: number;
}

export type Command =
  | { readonly kind: 'toggle-help' | 'back' | 'open-details' | 'next-sort' | 'reverse-sort' | 'ask-to-leave' }
  | { readonly kind: 'ask-to-kill' }
  | { readonly kind: 'start-filter' | 'accept-filter' | 'erase-filter' | 'clear-filter' }
  | { readonly kind: 'type-filter'; readonly text: string }
  | { readonly kind: 'focus'; readonly pane: Pane }
  | { readonly kind: 'focus-next'; readonly by: 1 | -1 }
  | { readonly kind: 'move'; readonly by: number; readonly unit: 'line' | 'page' };

/** What is on the screen while a command is given. */
export interface ViewContext {
  /** The trial that is highlighted: the selected one, or the one that is followed. */
  readonly current: TrialId | null;
  /** Trials that the table lists, in its order. */
  readonly listed: readonly TrialId[];
  readonly frontier: readonly TrialId[];
  /** Rows of the table that are visible. */
  readonly page: number;
  /** Lines of the details that do not fit. */
  readonly detailsOverflow: number;
}

export const initialView: ViewState = {
  focus: 'trials',
  before: 'trials',
  order: { by: 'number', descending: false, filter: '' },
  selected: null,
  help: false,
  typing: false,
  leaving: false,
  killing: null,
  detailsTop: 0,
};

export function reduceView(previous: ViewState, command: Command, context: ViewContext): ViewState {
  const view = { ...previous, leaving: false, killing: null };
  switch (command.kind) {
    case 'toggle-help':
      return { ...view, help: !view.help };
    case 'ask-to-leave':
      return { ...view, leaving: true };
    case 'ask-to-kill':
      return { ...view, killing: context.current };
    case 'back':
      return back(previous, view);
    case 'open-details':
      return focusOn(view, 'details');
    case 'focus':
      return focusOn(view, command.pane);
    case 'focus-next':
      return focusOn(view, panes[(panes.indexOf(view.focus) + command.by + panes.length) % panes.length] ?? view.focus);
    case 'next-sort': {
      const by = sortKeys[(sortKeys.indexOf(view.order.by) + 1) % sortKeys.length] ?? view.order.by;
      return { ...view, order: { ...view.order, by } };
    }
    case 'reverse-sort':
      return { ...view, order: { ...view.order, descending: !view.order.descending } };
    case 'start-filter':
      return { ...view, typing: true };
    case 'accept-filter':
      return { ...view, typing: false, focus: 'trials' };
    case 'clear-filter':
      return { ...filtered(view, ''), typing: false };
    case 'erase-filter':
      return filtered(view, Array.from(view.order.filter).slice(0, -1).join(''));
    case 'type-filter':
      return filtered(view, view.order.filter + command.text);
    case 'move':
      return move(view, command, context);
    default:
      return command satisfies never;
  }
}

/** Undoes one thing, the most recent kind first: question, help, details, filter, selection. */
function back(previous: ViewState, view: ViewState): ViewState {
  if (previous.leaving || previous.killing !== null) return view;
  if (view.help) return { ...view, help: false };
  if (view.focus === 'details') return { ...view, focus: view.before };
  return view.order.filter === '' ? { ...view, selected: null } : filtered(view, '');
}

function focusOn(view: ViewState, pane: Pane): ViewState {
  if (pane === view.focus) return { ...view, help: false };
  const before = pane === 'details' ? view.focus : view.before;
  return { ...view, focus: pane, before, help: false, detailsTop: 0 };
}

function filtered(view: ViewState, filter: string): ViewState {
  return { ...view, order: { ...view.order, filter } };
}

function move(view: ViewState, { by, unit }: Extract<Command, { kind: 'move' }>, context: ViewContext): ViewState {
  const lines = unit === 'page' ? by * Math.max(1, context.page - 1) : by;
  if (view.focus === 'details') {
    return { ...view, detailsTop: clamp(view.detailsTop + lines, 0, context.detailsOverflow) };
  }
  const list = view.focus === 'frontier' ? context.frontier : context.listed;
  const from = context.current === null ? -1 : list.indexOf(context.current);
  const selected = list[clamp(from + lines, 0, list.length - 1)] ?? view.selected;
  return { ...view, selected, detailsTop: selected === view.selected ? view.detailsTop : 0 };
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}
