/**
 * The scatter of two objectives: dominated trials as dots, the frontier as a staircase with its trials, hollow what their
 * models give by other settings.
 *
 * The axes follow completed trials; before there are two of them, running ones too. Running trials
 * outside the axes are not drawn: early epochs would squeeze everything else into a corner.
 */
import type { SweepSnapshot } from '../sweep/monitor/monitor.js';
import type { TrialView } from '../sweep/monitor/monitor-trial.js';
import type { TrialId } from '../sweep/store.js';
import type { TrialState } from '../sweep/trial-state.js';
import { createBrailleCanvas } from './braille-canvas.js';
import { noEvaluations, type EvaluatedPoints } from './evaluated-points.js';
import { arrangePlot, dotAt, framePlot, type PlotArea, type PlotCell } from './plot-frame.js';
import { currentValue } from './trial-figures.js';
import { fitScale } from './scale.js';
import { span, type Line, type Tone } from './styled-line.js';

/** What a plot cell shows; also its layer on the canvas, higher ones cover lower ones. */
const layers = { dominated: 1, staircase: 2 } as const;
const layerTones: readonly Tone[] = ['plain', 'plain', 'good'];

export const frontierMark = '●';
export const runningMark = '○';
export const evaluatedMark = '□';
export const selectedMark = '◆';

/** Up to so many dominated trials are drawn as four dots each, which is easier to see. */
const fewTrials = 400;

interface Point {
  readonly id: TrialId;
  readonly x: number;
  readonly y: number;
}

/** @param size in terminal cells @returns at most height lines of at most width columns */
export function plotFrontier(
  snapshot: SweepSnapshot,
  selected: TrialId | null,
  size: { readonly width: number; readonly height: number },
  { best: evaluated }: EvaluatedPoints = noEvaluations,
): readonly Line[] {
  const completed = pointsOf(snapshot, snapshot.trials, 'completed');
  const running = pointsOf(snapshot, snapshot.running, 'running');
  const shown = [...(completed.length > 1 ? completed : [...completed, ...running]), ...evaluated];
  if (shown.length === 0) {
    return snapshot.sweep === null ? [] : [[], [span('  No trial has finished an epoch yet.', 'faint')]];
  }
  const x = fitScale(shown.map((point) => point.x));
  const y = fitScale(shown.map((point) => point.y));
  const area = arrangePlot(x, y, size.width, size.height);
  if (area === null) return [[span(' No room for the plot.', 'faint')]];

  const onFrontier = new Set(snapshot.frontier);
  const byId = new Map(completed.map((point) => [point.id, point]));
  const frontier = snapshot.frontier.flatMap((id) => byId.get(id) ?? []);
  const dominated = completed.filter(({ id }) => !onFrontier.has(id));

  const cells = drawCanvas(area, dominated, frontier, snapshot.objectives[0].goal);
  place(cells, area, evaluated, { character: evaluatedMark, tone: 'good' });
  place(cells, area, running, { character: runningMark, tone: 'accent' });
  place(cells, area, frontier, { character: frontierMark, tone: 'good' });
  const chosen = [...completed, ...running].filter(({ id }) => id === selected);
  place(cells, area, chosen, { character: selectedMark, tone: 'warning' });
  return framePlot(area, cells);
}

function drawCanvas(
  area: PlotArea,
  dominated: readonly Point[],
  frontier: readonly Point[],
  goal: 'minimize' | 'maximize',
): PlotCell[][] {
  const canvas = createBrailleCanvas(area.columns, area.rows);
  for (const point of dominated) {
    const { x, y } = dotAt(area, point.x, point.y);
    canvas.dot(x, y, layers.dominated);
    if (dominated.length > fewTrials) continue;
    canvas.dot(x + 1, y, layers.dominated);
    canvas.dot(x, y + 1, layers.dominated);
    canvas.dot(x + 1, y + 1, layers.dominated);
  }
  frontier.slice(1).forEach((point, index) => {
    const from = dotAt(area, frontier[index]?.x ?? point.x, frontier[index]?.y ?? point.y);
    const to = dotAt(area, point.x, point.y);
    // What is attainable between two neighbours is what the one that is worse in y reaches.
    const corner = goal === 'minimize' ? { x: to.x, y: from.y } : { x: from.x, y: to.y };
    canvas.line(from.x, from.y, corner.x, corner.y, layers.staircase);
    canvas.line(corner.x, corner.y, to.x, to.y, layers.staircase);
  });
  return canvas
    .rows()
    .map((row) => row.map(({ character, layer }) => ({ character, tone: layerTones[layer] ?? 'plain' })));
}

function place(cells: PlotCell[][], area: PlotArea, points: readonly Omit<Point, 'id'>[], cell: PlotCell): void {
  for (const point of points) {
    const dot = dotAt(area, point.x, point.y);
    const row = Math.floor(dot.y / 4);
    const column = Math.floor(dot.x / 2);
    if (row >= 0 && row < area.rows && column >= 0 && column < area.columns) cells[row]?.splice(column, 1, cell);
  }
}

/** Trials in this state that have both values. */
function pointsOf(
  { objectives: [first, second] }: SweepSnapshot,
  trials: readonly TrialView[],
  state: TrialState,
): Point[] {
  const points: Point[] = [];
  for (const trial of trials) {
    if (trial.state !== state) continue;
    const x = currentValue(trial, first.name) ?? Number.NaN;
    const y = currentValue(trial, second.name) ?? Number.NaN;
    if (Number.isFinite(x) && Number.isFinite(y)) points.push({ id: trial.id, x, y });
  }
  return points;
}
