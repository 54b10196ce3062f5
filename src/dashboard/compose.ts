/**
 * Composes a whole frame from a snapshot, what the viewer chose and the size of the terminal. Pure but
 * for what it remembers of a sweep's columns.
 *
 * Invariant: at most rows − 1 lines, none wider than the terminal.
 */
import type { TrialView } from '../sweep/monitor/monitor-trial.js';
import type { SweepSnapshot } from '../sweep/monitor/monitor.js';
import type { StoredSweep } from '../sweep/store.js';
import { renderDetails } from './details.js';
import { noEvaluations, placeEvaluated, type EvaluatedPoint, type EvaluatedPoints } from './evaluated-points.js';
import { renderFooter } from './footer.js';
import { evaluatedMark, frontierMark, plotFrontier, runningMark, selectedMark } from './frontier-plot.js';
import { renderHeader } from './header.js';
import { keyHelp } from './keys.js';
import { arrangePanes, footerHeight, headerHeight, panes, smallest, type Pane, type PlacedPane } from './layout.js';
import { fitBlock, fitLine, lineWidth, span, spread, wrapText, type Line } from './styled-line.js';
import { createTrialText, orderTrials, type TrialText } from './trial-order.js';
import { fittingColumns, renderTable, tableColumns, type TableColumn } from './trial-table.js';
import type { ViewContext, ViewState } from './view-state.js';

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

export interface Block {
  readonly key: string;
  readonly width: number;
  readonly lines: readonly Line[];
}

export interface Frame {
  /** Rows of blocks from the top; the blocks of a row stand side by side and are equally high. */
  readonly rows: readonly (readonly Block[])[];
  readonly context: ViewContext;
}

export type Compose = (snapshot: SweepSnapshot, view: ViewState, size: ScreenSize) => Frame;

/** @param ownsRun whether stopping the dashboard stops the run @param evaluated models solved by other settings */
export function createComposer(ownsRun: boolean, evaluated: readonly EvaluatedPoint[] = []): Compose {
  let sweep: StoredSweep | null = null;
  let textOf: TrialText = createTrialText([]);
  let columns: readonly TableColumn[] = [];
  let evaluations = noEvaluations;

  return (snapshot, view, size) => {
    if (snapshot.sweep !== sweep) {
      sweep = snapshot.sweep;
      textOf = createTrialText(sweep?.axes ?? []);
      columns = tableColumns(snapshot);
      evaluations = placeEvaluated(evaluated, snapshot);
    }
    const listed = orderTrials(snapshot.trials, view.order, textOf);
    const scene = { snapshot, view, columns, evaluations, listed, current: currentTrial(snapshot, view, listed) };
    return composeScene(scene, size, ownsRun);
  };
}

interface Scene {
  readonly snapshot: SweepSnapshot;
  readonly view: ViewState;
  readonly columns: readonly TableColumn[];
  readonly evaluations: EvaluatedPoints;
  readonly listed: readonly TrialView[];
  readonly current: TrialView | null;
}

/** A pane's content without its title, which may have more lines than the pane. */
interface Content {
  readonly title: string;
  /** What may stand at the right of the title, the longest first: one that fits is taken. */
  readonly notes: readonly Line[];
  readonly lines: readonly Line[];
}

function composeScene(scene: Scene, size: ScreenSize, ownsRun: boolean): Frame {
  const { snapshot, view, listed, current } = scene;
  const width = size.columns;
  const layout = arrangePanes(width, size.rows, view.focus);
  const context = { current: current?.id ?? null, listed: listed.map(({ id }) => id), frontier: snapshot.frontier };
  if (layout === null) return { rows: [[tooSmall(size)]], context: { ...context, page: 1, detailsOverflow: 0 } };

  let page = 1;
  let detailsOverflow = 0;
  const body = view.help
    ? [[{ key: 'help', width, lines: helpLines(width, size.rows - 1 - headerHeight - footerHeight) }]]
    : layout.map((row) =>
        row.map((place) => {
          const room = place.height - 1;
          const content = contents[place.pane](scene, place.width, room);
          if (place.pane === 'trials') page = room - 1;
          if (place.pane === 'details') detailsOverflow = Math.max(0, content.lines.length - room);
          return paneBlock(place, content, view, detailsOverflow);
        }),
      );
  const header = { key: 'header', width, lines: renderHeader(snapshot, width) };
  const footer = { key: 'footer', width, lines: [renderFooter(snapshot, view, ownsRun, width)] };
  return { rows: [[header], ...body, [footer]], context: { ...context, page, detailsOverflow } };
}

/** The chosen trial where it is listed; else the run is followed: what runs, then what is best. */
function currentTrial({ frontier }: SweepSnapshot, view: ViewState, listed: readonly TrialView[]): TrialView | null {
  const chosen = view.selected === null ? undefined : listed.find(({ id }) => id === view.selected);
  if (chosen !== undefined) return chosen;
  const best = frontier[0];
  return (
    listed.find(({ state }) => state === 'running') ?? listed.find(({ id }) => id === best) ?? listed.at(0) ?? null
  );
}

function paneBlock({ pane, width, height }: PlacedPane, content: Content, view: ViewState, hidden: number): Block {
  const focused = pane === view.focus;
  const heading = [span(` ${panes.indexOf(pane) + 1} `, 'faint'), span(content.title, focused ? 'accent' : 'strong')];
  const top = pane === 'details' ? Math.min(view.detailsTop, hidden) : 0;
  const more: Line = [span(`${hidden - top} more lines`, 'faint')];
  const notes = pane === 'details' && hidden > top ? [more] : content.notes;
  const note = notes.find((line) => lineWidth(heading) + lineWidth(line) + 3 <= width) ?? [];
  const title = spread(heading, [...note, span(' ')], width);
  return { key: pane, width, lines: [title, ...fitBlock(content.lines.slice(top), width, height - 1)] };
}

const contents: Readonly<Record<Pane, (scene: Scene, width: number, height: number) => Content>> = {
  frontier: ({ snapshot, evaluations, current }, width, height) => {
    const [x, y] = snapshot.objectives;
    const legend = legendOf(evaluations);
    return {
      title: `${y.name} against ${x.name}`,
      notes: [legend, legend.slice(0, -2), legend.slice(0, 2), legend.slice(0, 1)],
      lines: plotFrontier(snapshot, current?.id ?? null, { width: width - 1, height }, evaluations),
    };
  },
  trials: ({ snapshot, view, columns, listed, current }, width, height) => {
    const page = Math.max(0, height - 1);
    const at = current === null ? 0 : listed.indexOf(current);
    const top = Math.max(0, Math.min(at - Math.floor(page / 2), listed.length - page));
    const shown = fittingColumns(columns, width);
    const hidden = columns.length - shown.length;
    const rows = {
      trials: listed.slice(top, top + page),
      selected: current?.id ?? null,
      frontier: new Set(snapshot.frontier),
      now: snapshot.now,
    };
    const { by, descending, filter } = view.order;
    const notes = [
      ...(filter === '' ? [] : [`"${filter}": ${listed.length} of ${snapshot.trials.length}`]),
      ...(hidden === 0 ? [] : [`${hidden} ${hidden === 1 ? 'column' : 'columns'} hidden`]),
      `by ${by} ${descending ? '↓' : '↑'}`,
    ];
    return {
      title: 'trials',
      notes: [[span(notes.join('  '), 'faint')]],
      lines:
        listed.length === 0 && filter !== ''
          ? [[span('    No trial matches the filter.', 'faint')]]
          : renderTable(shown, rows, width),
    };
  },
  details: ({ snapshot, evaluations, current }, width, height) => ({
    title: current === null ? 'details' : `trial #${current.number}`,
    notes: [],
    lines:
      current === null
        ? []
        : renderDetails(
            current,
            snapshot.sweep?.axes ?? [],
            evaluations.counts.get(current.number) ?? 0,
            snapshot.now,
            { width, height },
          ),
  }),
};

/** What stays longest comes first. */
const legendOf = ({ best }: EvaluatedPoints): Line => [
  span(`${frontierMark} frontier`, 'good'),
  ...(best.length === 0 ? [] : [span(`  ${evaluatedMark} evaluated`, 'good')]),
  span('  ⠛ dominated'),
  span(`  ${runningMark} running`, 'accent'),
  span(`  ${selectedMark} selected`, 'warning'),
];

function helpLines(width: number, height: number): readonly Line[] {
  const keysWidth = Math.max(...keyHelp.map(({ keys }) => keys.length)) + 2;
  const lines = keyHelp.flatMap(({ keys, does }) =>
    wrapText(does, width - keysWidth - 2).map((text, index) => [
      span(` ${(index === 0 ? keys : '').padEnd(keysWidth)}`, 'strong'),
      span(text),
    ]),
  );
  return fitBlock([[span(' Keys', 'accent')], ...lines], width, height);
}

function tooSmall({ columns, rows }: ScreenSize): Block {
  const text = `This dashboard needs a terminal of ${smallest.columns}x${smallest.rows}; this one has ${columns}x${rows}.`;
  const lines = wrapText(text, Math.max(1, columns)).slice(0, Math.max(1, rows - 1));
  return { key: 'too-small', width: columns, lines: lines.map((line) => fitLine([span(line)], columns)) };
}
