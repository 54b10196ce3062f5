/** Which trained models of a sweep a command is about. */
import type { RecordedTrial, SweepSummary } from '../../db/index.js';
import { UserError } from '../errors.js';
import { paretoRows } from '../report/pareto-rows.js';
import type { TrainedTrial } from '../sweep/evaluation/plan-evaluations.js';
import { compileCondition } from '../sweep/specification/condition.js';
import { suggestName } from '../sweep/specification/nearest-name.js';

export interface TrialChoice {
  /** Numbers; default: all. */
  readonly trials?: readonly number[];
  readonly frontier?: boolean;
  /** In CEL, over the trial's parameters, `nfe` and `loss`. */
  readonly where?: string;
}

/** @throws UserError for a trial without a model, a condition that means nothing, and if no trial is left */
export function chooseTrained(
  { name, objectives, counts }: SweepSummary,
  trials: readonly RecordedTrial[],
  { trials: numbers, frontier, where }: TrialChoice,
): readonly TrainedTrial[] {
  if (numbers !== undefined) requireModels(name, trials, numbers);
  const points = trials.flatMap(({ number, cell: { group }, result }) =>
    result === null ? [] : [{ number, group, result }],
  );
  const onFrontier = new Set(paretoRows(points, objectives, 'trials').flatMap((row) => row.trials));
  const holds = where === undefined ? () => true : conditionOn(where, trials);
  const chosen = trials
    .filter((trial) => isTrained(trial))
    .filter(({ number }) => numbers === undefined || numbers.includes(number))
    .filter(({ number }) => frontier !== true || onFrontier.has(number))
    .filter(holds);
  if (chosen.length > 0) return chosen;
  const message =
    counts.completed === 0
      ? `The sweep "${name}" has no trained model yet: no trial has completed.`
      : `No trained model of "${name}" is left by what was asked for.`;
  throw new UserError('usage', message, { hint: `List its trials with "sweep trials ${name}".` });
}

function isTrained(trial: RecordedTrial): trial is RecordedTrial & TrainedTrial {
  return trial.state === 'completed' && trial.modelFile !== null;
}

function requireModels(name: string, trials: readonly RecordedTrial[], numbers: readonly number[]): void {
  for (const number of numbers) {
    const trial = trials.find((each) => each.number === number);
    const hint = `List what there is with "sweep trials ${name}".`;
    if (trial === undefined) throw new UserError('usage', `The sweep "${name}" has no trial ${number}.`, { hint });
    if (isTrained(trial)) continue;
    const what = trial.state === 'completed' ? 'kept no model' : `is ${trial.state}: it has no trained model`;
    throw new UserError('usage', `Trial #${number} of ${name} ${what}.`, { hint });
  }
}

function conditionOn(where: string, trials: readonly RecordedTrial[]): (trial: RecordedTrial) => boolean {
  const names = [...new Set([...trials.flatMap(({ cell }) => Object.keys(cell.parameters)), 'nfe', 'loss'])];
  const compiled = compileCondition(where, names);
  if (compiled.state === 'wrong') {
    const hint =
      compiled.unknown === null ? 'e.g. --where "rtol <= 1e-4 && loss < 0.1"' : suggestName(compiled.unknown, names);
    throw new UserError('usage', `The condition \`${where}\` is wrong: ${compiled.message}.`, { hint });
  }
  return ({ cell: { parameters }, result }) => {
    try {
      return compiled.condition({ ...parameters, nfe: result?.nfe ?? NaN, loss: result?.loss ?? NaN });
    } catch (cause) {
      const [why] = String(cause instanceof Error ? cause.message : cause).split('\n');
      throw new UserError('usage', `The condition \`${where}\` cannot be evaluated: ${why}.`, { cause });
    }
  };
}
