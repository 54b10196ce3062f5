/**
 * What is to be evaluated: each trained model by each combination of the values given.
 *
 * Invariant: only what predictions are solved by may change (`evaluationParameters`); the model, its data and its
 * training are those of the trial. Everything wrong is told before anything is solved.
 */
import type { z } from 'zod';
import { UserError } from '../../errors.js';
import type { Domain, Point } from '../../samplers/domain.js';
import { gridPoints } from '../../samplers/grid.js';
import type { TrainingParameters } from '../../tasks/parameters.js';
import { evaluationSettings } from '../../training/evaluate-model.js';
import { evaluationParameters } from '../../training/evaluation.js';
import type { ParameterValues, TrialEnvironment } from '../../training/trial.js';
import { identifyCell } from '../plan/cell-identity.js';
import type { PlannableTask } from '../plan/plannable-task.js';
import type { EvaluatedSetting } from './evaluation.js';
import { parametersAsRun } from './parameters-as-run.js';
import { expectation, showValue } from '../specification/expectation.js';
import { fileSchema } from '../specification/file-schema.js';
import { suggestName } from '../specification/nearest-name.js';
import { applyOverrides } from '../specification/overrides.js';
import { parameterDomain } from '../specification/parameter-domain.js';
import type { StoredTrial } from '../store.js';

/** A trial whose model is kept. */
export interface TrainedTrial extends StoredTrial {
  readonly environment: TrialEnvironment | null;
  readonly modelFile: string;
}

export interface EvaluationJob {
  readonly trial: TrainedTrial;
  readonly setting: EvaluatedSetting;
  /** Complete. */
  readonly parameters: ParameterValues;
}

const mayChange = `An evaluation may change ${evaluationParameters.join(', ')}.`;

/**
 * The combinations that overrides in the grammar of `sweep run` stand for.
 * @throws UserError for what would change the model or its training, and for values that the task does not take
 */
export function evaluationPoints(overrides: readonly string[], task: PlannableTask): readonly Point[] {
  const { parameters = {}, ...settings } = applyOverrides({}, overrides).data;
  for (const name of [...Object.keys(settings), ...Object.keys(parameters as object)]) requireChangeable(name, task);
  const entries = fileSchema.shape.parameters.safeParse(parameters, { reportInput: true });
  if (!entries.success) {
    const [issue] = entries.error.issues;
    throw new UserError(
      'usage',
      `${issue.path.join('.')} must be ${expectation(issue)}, not ${showValue(issue.input)}.`,
    );
  }
  const space = new Map<string, Domain>();
  for (const [name, entry] of Object.entries(entries.data)) {
    const result = parameterDomain(entry, () => false);
    if (result.state === 'wrong') throw new UserError('usage', `${name} ${result.message}.`);
    if (result.domain.kind !== 'values') {
      throw new UserError('usage', `${name} is a range, but an evaluation needs listed values.`, {
        hint: `List them: ${name}=1e-2,1e-4, range(…) or log_grid(…).`,
      });
    }
    for (const value of result.domain.values) requireValue(name, value, task);
    space.set(name, result.domain);
  }
  return [...gridPoints(space)];
}

function requireChangeable(name: string, { name: taskName, parameters }: PlannableTask): void {
  if ((evaluationParameters as readonly string[]).includes(name)) return;
  if (Object.hasOwn(parameters.shape, name) || Object.hasOwn(fileSchema.shape, name) || name === 'trial') {
    const message = `${name} cannot be changed by an evaluation, which takes the model and its training as they are.`;
    throw new UserError('usage', message, { hint: mayChange });
  }
  throw new UserError('usage', `The task ${taskName} has no parameter "${name}".`, {
    hint: suggestName(name, evaluationParameters),
  });
}

function requireValue(name: string, value: unknown, { parameters }: PlannableTask): void {
  const schema: z.ZodType = parameters.shape[name as keyof typeof parameters.shape];
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return;
  const [issue] = result.error.issues;
  const meaning = schema.description === undefined ? {} : { hint: `${name} is: ${schema.description}.` };
  throw new UserError('usage', `${name} must be ${expectation(issue)}, not ${showValue(value)}.`, meaning);
}

/**
 * In the order of the trials, each setting of a trial once.
 * @throws UserError if parameters that are fine one by one do not fit together, such as euler with adaptive steps
 */
export function planEvaluations(
  task: PlannableTask,
  trials: readonly TrainedTrial[],
  points: readonly Point[],
): readonly EvaluationJob[] {
  const refusals: UserError[] = [];
  const jobs = trials.flatMap((trial) => {
    const own = new Map<string, EvaluationJob>();
    const asRun = parametersAsRun(trial);
    for (const point of points) {
      const { hash, parameters } = identifyCell(task.name, { ...asRun, ...point });
      const changes = Object.entries(point).filter(([name, value]) => asRun[name] !== value);
      own.set(hash, { trial, setting: { hash, changed: Object.fromEntries(changes) }, parameters });
      refusals.push(...refusal(parameters));
    }
    return [...own.values()];
  });
  if (refusals.length === 0) return jobs;
  const [{ message, hint = '' }] = refusals;
  throw new UserError('usage', `${refusals.length} of ${jobs.length} evaluations cannot be solved: ${message}`, {
    hint: `${hint} An evaluation may also be asked for in several commands.`.trim(),
  });
}

function refusal(parameters: ParameterValues): readonly UserError[] {
  try {
    evaluationSettings(parameters as TrainingParameters);
    return [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [error];
  }
}
