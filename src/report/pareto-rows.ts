/**
 * The Pareto frontier of a sweep as rows of a table, for any two or more objectives: of single trials, or of
 * cells with figures averaged over their seeds.
 */
import { aggregateSeeds } from '../pareto/aggregate-seeds.js';
import { costOf, frontier } from '../pareto/frontier.js';
import type { Evaluation } from '../sweep/evaluation/evaluation.js';
import type { Objective } from '../sweep/store.js';
import type { ParameterValues, TrialResult } from '../training/trial.js';
import { objectiveValue } from '../sweep/monitor/monitor-objectives.js';
import type { ParetoFigure, ParetoRow } from './format-pareto-table.js';

/** A completed trial, or its model solved again. */
export interface ParetoPoint {
  /** Of the trial. */
  readonly number: number;
  /** What the repeats of a cell share. */
  readonly group: string;
  readonly result: TrialResult;
  /** Of a model that was solved otherwise than it was trained: the parameters that differ. */
  readonly changed?: ParameterValues;
}

/** A row whose parameters are yet to be looked up: of 100,000 trials a few are on the frontier. */
export type ParetoFigures = Omit<ParetoRow, 'parameters'>;

/**
 * Evaluations of trials as points whose result is what came out: training and its cost stay the trial's. Those that
 * changed nothing are the trials themselves, those that were not solved have no result.
 */
export function evaluatedPoints(
  trained: readonly ParetoPoint[],
  evaluations: readonly (Evaluation & { readonly trial: number })[],
): readonly ParetoPoint[] {
  const byNumber = new Map(trained.map((point) => [point.number, point]));
  return evaluations.flatMap(({ trial: number, setting: { changed }, end }) => {
    const point = byNumber.get(number);
    if (point === undefined || end.state !== 'solved' || isUnchanged(changed)) return [];
    const { nfe, loss, accuracy, predictSeconds } = end.result;
    // The same setting of another cell's model is another point, though it may be solved by the same parameters.
    const group = `${point.group} ${JSON.stringify(changed)}`;
    return [{ number, group, result: { ...point.result, nfe, loss, accuracy, predictSeconds }, changed }];
  });
}

/** How many of the points cannot be compared, and the objectives that they lack: other programs tell what they like. */
export function incomparable(
  points: readonly ParetoPoint[],
  objectives: readonly Objective[],
): { readonly count: number; readonly missing: readonly string[] } {
  const lacks = ({ result }: ParetoPoint, { name }: Objective): boolean => objectiveValue(result, name) === null;
  const wanting = points.filter((point) => objectives.some((objective) => lacks(point, objective)));
  const missing = objectives.filter((objective) => wanting.some((point) => lacks(point, objective)));
  return { count: wanting.length, missing: missing.map(({ name }) => name) };
}

/** Rows on the frontier, best of the first objective first. @param points evaluated ones may be among them */
export function paretoRows(
  points: readonly ParetoPoint[],
  objectives: readonly Objective[],
  over: 'trials' | 'cells',
): readonly ParetoFigures[] {
  if (over === 'cells') {
    return best(cellRows(points, objectives), objectives, (row, name) => row.figures[name]?.value ?? null);
  }
  const onFrontier = best(points, objectives, ({ result }, name) => objectiveValue(result, name));
  return onFrontier.map((point) => pointRow(point, objectives));
}

/** Those that nothing beats, best of the first objective first. */
function best<Candidate>(
  candidates: readonly Candidate[],
  objectives: readonly Objective[],
  value: (candidate: Candidate, name: string) => number | null,
): readonly Candidate[] {
  const compared = objectives.map(({ name, goal }) => ({ goal, value: (each: Candidate) => value(each, name) }));
  const [{ name, goal }] = objectives;
  const rank = (candidate: Candidate): number => costOf(value(candidate, name), goal);
  return [...frontier(candidates, compared)].sort((a, b) => rank(a) - rank(b));
}

function pointRow(point: ParetoPoint, objectives: readonly Objective[]): ParetoFigures {
  const figure = (name: string): ParetoFigure => ({ value: objectiveValue(point.result, name), sd: null });
  return {
    trials: [point.number],
    figures: Object.fromEntries(objectives.map(({ name }) => [name, figure(name)])),
    ...sourceOf(point),
  };
}

function sourceOf({ changed = {} }: ParetoPoint): Pick<ParetoRow, 'source' | 'changed'> {
  return { source: isUnchanged(changed) ? 'trained' : 'evaluated', changed };
}

function isUnchanged(changed: ParameterValues): boolean {
  return Object.keys(changed).length === 0;
}

function cellRows(points: readonly ParetoPoint[], objectives: readonly Objective[]): readonly ParetoFigures[] {
  const measures = Object.fromEntries(
    objectives.map(({ name }) => [name, ({ result }: ParetoPoint) => objectiveValue(result, name) ?? NaN]),
  );
  return aggregateSeeds(points, ({ group }) => group, measures).map((cell) => ({
    trials: cell.trials.map(({ number }) => number),
    figures: Object.fromEntries(
      objectives.map(({ name }): [string, ParetoFigure] => {
        const statistics = cell.statistics[name];
        return [name, { value: statistics?.mean ?? null, sd: statistics?.sd ?? null }];
      }),
    ),
    ...sourceOf(cell.trials[0]),
  }));
}
