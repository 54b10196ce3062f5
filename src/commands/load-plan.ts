/** From a sweep file and overrides to a plan that this machine can run; warnings go to standard error. */
import { availableParallelism } from 'node:os';
import { dirname, resolve } from 'node:path';
import { createEngine, createTfjsEngine, runsNoTfjs, shareCores, tfjsEngineNames } from '../engines/index.js';
import { UserError } from '../errors.js';
import type { CommandTemplate } from '../programs/command-line.js';
import type { ExecutorName } from '../sweep/dispatch/executor-names.js';
import { freeTask } from '../sweep/plan/free-task.js';
import type { Cell } from '../sweep/cell.js';
import { planAddition } from '../sweep/plan/plan-addition.js';
import { planSweep, type Plan } from '../sweep/plan/plan.js';
import { loadSpecification, type SweepSpecification } from '../sweep/specification/load-specification.js';
import { loadTask } from '../tasks/index.js';
import { countOf } from '../report/count-of.js';
import type { TrainingParameters } from '../tasks/parameters.js';
import type { Task } from '../tasks/task.js';
import { hasNoTaylorCoefficients } from '../training/compiled-model.js';
import { trainingSettings } from '../training/settings.js';
import type { CommandContext } from './command-context.js';
import { resolveTaskName } from './resolve-task-name.js';

/** A plan with what runs its trials. */
export interface RunnablePlan extends Plan {
  /** Of the sweep file: where git is asked. */
  readonly folder: string;
  /** What workers load; missing where trials are other programs. */
  readonly taskModule?: string;
  readonly program: { readonly command: CommandTemplate; readonly folder: string } | null;
  /** Null: the default. */
  readonly executor: ExecutorName | null;
  /** Cells of points that someone adds while the plan runs. @throws UserError where one of them does not fit */
  readonly planAddition: (points: readonly string[]) => Promise<readonly Cell[]>;
}

/** @param workers trials at a time; default: the file's, or all cores */
export async function loadPlan(
  { stderr }: CommandContext,
  file: string,
  overrides: readonly string[],
  workers?: number,
): Promise<RunnablePlan> {
  const specification = loadSpecification(file, overrides);
  const { command, executor } = specification;
  const folder = dirname(resolve(file));
  if (command !== null) {
    const task = freeTask(specification);
    const plan = planSweep(specification, task);
    for (const warning of plan.warnings) stderr.write(`Warning: ${warning}\n`);
    const planPoints = (points: readonly string[]): Promise<readonly Cell[]> =>
      new Promise((fulfil) => fulfil(planAddition(plan.declaration.specification, task, points)));
    return { ...plan, folder, program: { command, folder }, executor, planAddition: planPoints };
  }
  const name = resolveTaskName(specification.task, dirname(file));
  const task = await taskOf(specification, name);
  const plan = planSweep(specification, task);
  requireSettings(plan, task);
  await requireEngines(plan.settings, task, workers ?? plan.workers ?? availableParallelism());
  for (const warning of plan.warnings) stderr.write(`Warning: ${warning}\n`);
  const planPoints = async (points: readonly string[]): Promise<readonly Cell[]> => {
    const cells = planAddition(plan.declaration.specification, task, points);
    requireSettings({ cells, settings: cells }, task);
    await requireEngines(cells, task, workers ?? plan.workers ?? availableParallelism());
    return cells;
  };
  return { ...plan, folder, taskModule: name, program: null, executor, planAddition: planPoints };
}

/** A task that cannot be had is a problem of the file's `task:`, and told there. */
async function taskOf({ fail, problemAt }: SweepSpecification, name: string): Promise<Task> {
  try {
    return await loadTask(name);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return fail([problemAt(['task'], error.message, error.hint)]);
  }
}

/** @throws UserError where parameters that are fine one by one do not fit together, such as euler with adaptive steps */
function requireSettings({ cells, settings }: Pick<Plan, 'cells' | 'settings'>, task: Task): void {
  const refusalOf = ({ parameters }: Cell): UserError | null => {
    try {
      trainingSettings(parameters as TrainingParameters);
      if (task.field === 'tfjs') requireTfjs(parameters as TrainingParameters);
      return null;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return error;
    }
  };
  const refusals = new Map(
    settings.flatMap((cell) => {
      const refusal = refusalOf(cell);
      return refusal === null ? [] : [[cell.group, refusal] as const];
    }),
  );
  const [refusal] = refusals.values();
  if (refusals.size === 0) return;
  const { message, hint = '' } = refusal;
  const refused = cells.filter(({ group }) => refusals.has(group));
  throw new UserError('usage', `${refused.length} of ${countOf(cells.length, 'cell')} cannot run: ${message}`, {
    hint: `${hint} Combinations can be left out by \`where\`.`.trim(),
  });
}

/** @throws UserError unless a field that is a tfjs function can be trained so */
function requireTfjs({ engine, taylor_weight: taylor }: TrainingParameters): void {
  if (engine !== 'auto' && !tfjsEngineNames.includes(engine)) throw runsNoTfjs(engine);
  if (taylor > 0) throw hasNoTaylorCoefficients();
}

/**
 * Starts each engine once in each dtype that the plan names: one that this machine lacks, or that lacks the dtype or what
 * the task's field needs, is told before a trial fails of it.
 */
export async function requireEngines(
  cells: readonly Pick<Cell, 'parameters'>[],
  task: Task,
  workers: number,
): Promise<void> {
  shareCores(workers);
  const engines = new Map(cells.map(({ parameters: { engine, dtype } }) => [`${engine} ${dtype}`, { engine, dtype }]));
  for (const { engine, dtype: given } of engines.values()) {
    const dtype = given === 'f64' ? 'f64' : 'f32';
    // What `auto` may choose beside the default is told with each trial, as is why.
    if (engine === 'auto') (await createEngine('kernels', dtype)).dispose();
    else (await (task.field === 'tfjs' ? createTfjsEngine : createEngine)(String(engine), dtype)).dispose();
  }
}
