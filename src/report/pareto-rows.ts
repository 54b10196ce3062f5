/**
 * The Pareto frontier of a sweep as rows of a table, for any two or more objectives: of single trials, or of
 * cells with figures averaged over their seeds.
 */
import { aggregateSeeds } from '../pareto/aggregate-seeds.js';
import { frontier } from '../pareto/frontier.js';
import type { Evaluation } from '../sweep/evaluation.js';
import type { Objective, StoredTrial } from '../sweep/store.js';
import type { ParameterValues, TrialResult } from '../training/trial.js';
import { objectiveValue } from '../sweep/monitor-objectives.js';
import type { ParetoFigure, ParetoRow } from './format-pareto-table.js';

type CompletedTrial = StoredTrial & {
  readonly result: TrialResult;
  /** Of a model that was solved otherwise than it was trained: the parameters that differ. */
  readonly changed?: ParameterValues;
};

/** A row before its parameters are looked up. */
type FiguredRow = Omit<ParetoRow, 'parameters'> & { readonly parametersOf: CompletedTrial };

/**
 * Evaluations of trials as trials whose result is what came out: training and its cost stay the trial's. Those that
 * changed nothing are the trials themselves, those that were not solved have no result.
 */
export function evaluatedTrials(
  trials: readonly StoredTrial[],
  evaluations: readonly (Evaluation & { readonly trial: number })[],
): readonly StoredTrial[] {
  const byNumber = new Map(trials.map((trial) => [trial.number, trial]));
  return evaluations.flatMap(({ trial: number, setting: { changed }, end }) => {
    const trial = byNumber.get(number);
    if (trial === undefined || trial.result === null || end.state !== 'solved' || isUnchanged(changed)) return [];
    const { nfe, loss, accuracy, predictSeconds } = end.result;
    // The same setting of another cell's model is another point, though it may be solved by the same parameters.
    const cell = { ...trial.cell, group: `${trial.cell.group} ${JSON.stringify(changed)}` };
    return [{ ...trial, cell, result: { ...trial.result, nfe, loss, accuracy, predictSeconds }, changed }];
  });
}

/** Rows on the frontier, best of the first objective first. @param trials evaluated ones may be among them */
export function paretoRows(
  trials: readonly StoredTrial[],
  objectives: readonly Objective[],
  over: 'trials' | 'cells',
): readonly ParetoRow[] {
  const completed = trials.filter((trial): trial is CompletedTrial => trial.result !== null);
  const rows =
    over === 'cells' ? cellRows(completed, objectives) : completed.map((trial) => trialRow(trial, objectives));
  const best = frontier(
    rows,
    objectives.map(({ name, goal }) => ({ goal, value: (row) => row.figures[name]?.value ?? NaN })),
  );
  const [{ name, goal }] = objectives;
  const rank = (row: FiguredRow): number => (goal === 'minimize' ? 1 : -1) * (row.figures[name]?.value ?? NaN);
  const ranked = [...best].sort((a, b) => rank(a) - rank(b));
  // Of a sweep of 100,000 trials a few are on the frontier: only theirs are looked at.
  return ranked.map(({ parametersOf: { cell }, ...row }) => ({
    ...row,
    parameters: over === 'cells' ? withoutSeed(cell.parameters) : cell.parameters,
  }));
}

function trialRow(trial: CompletedTrial, objectives: readonly Objective[]): FiguredRow {
  const figure = (name: string): ParetoFigure => ({ value: objectiveValue(trial.result, name), sd: null });
  return {
    trials: [trial.number],
    figures: Object.fromEntries(objectives.map(({ name }) => [name, figure(name)])),
    parametersOf: trial,
    ...sourceOf(trial),
  };
}

function sourceOf({ changed = {} }: CompletedTrial): Pick<ParetoRow, 'source' | 'changed'> {
  return { source: isUnchanged(changed) ? 'trained' : 'evaluated', changed };
}

function isUnchanged(changed: ParameterValues): boolean {
  return Object.keys(changed).length === 0;
}

function cellRows(trials: readonly CompletedTrial[], objectives: readonly Objective[]): readonly FiguredRow[] {
  const measures = Object.fromEntries(
    objectives.map(({ name }) => [name, (trial: CompletedTrial) => objectiveValue(trial.result, name) ?? NaN]),
  );
  return aggregateSeeds(trials, (trial) => trial.cell.group, measures).map((cell) => ({
    trials: cell.trials.map(({ number }) => number),
    figures: Object.fromEntries(
      objectives.map(({ name }): [string, ParetoFigure] => {
        const statistics = cell.statistics[name];
        return [name, { value: statistics?.mean ?? null, sd: statistics?.sd ?? null }];
      }),
    ),
    parametersOf: cell.trials[0],
    ...sourceOf(cell.trials[0]),
  }));
}

function withoutSeed(parameters: ParameterValues): ParameterValues {
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => name !== 'seed'));
}
