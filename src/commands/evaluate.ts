/**
 * `sweep evaluate SWEEP key=value…`: trained models solved again at other tolerances and by other solvers, without any
 * training; what comes out is stored beside the trials and enters the frontier where that is asked for.
 *
 * A setting that has been evaluated is never solved again: the same command resumes one that was stopped.
 */
import { availableParallelism } from 'node:os';
import { dirname, resolve } from 'node:path';
import { openStore, type Reader, type RecordedEvaluation, type SweepSummary } from '../../db/index.js';
import { UserError } from '../errors.js';
import { countOf } from '../report/count-of.js';
import { createEvaluationProgress } from '../report/evaluation-progress.js';
import { formatEvaluationTable } from '../report/format-evaluation-table.js';
import { formatDuration } from '../report/format-duration.js';
import { resolveWorker } from '../sweep/dispatch/dispatcher-options.js';
import { createThreadDispatcher } from '../sweep/dispatch/thread-dispatcher.js';
import { startEvaluations, type EvaluationRun } from '../sweep/evaluation/evaluate-models.js';
import { readModelFile } from '../sweep/model-file.js';
import { evaluationPoints, planEvaluations, type EvaluationJob } from '../sweep/evaluation/plan-evaluations.js';
import { parseSpecification } from '../sweep/specification/load-specification.js';
import { describeOrigin } from '../sweep/run-origin.js';
import type { Store } from '../sweep/store.js';
import { builtinTasks, loadTask } from '../tasks/index.js';
import type { Task } from '../tasks/task.js';
import type { CompletedEvaluation, EvaluationRequest } from '../training/evaluation.js';
import {
  existingDatabase,
  tableOptions,
  writeJson,
  type CommandContext,
  type CommandEnd,
  type DatabaseOptions,
} from './command-context.js';
import { requireEngines } from './load-plan.js';
import { readFrontier, writeFrontier } from './pareto.js';
import { chooseTrained, type TrialChoice } from './trained-trials.js';
import { watchStops } from './watch-stops.js';
import { withReader } from './with-reader.js';

export interface EvaluateOptions extends DatabaseOptions, TrialChoice {
  readonly workers?: number;
  readonly timeout?: number;
  readonly task?: string;
}

export async function evaluateSweep(
  context: CommandContext,
  name: string,
  settings: readonly string[],
  options: EvaluateOptions,
): Promise<CommandEnd> {
  const path = existingDatabase(context, options);
  const store = await openStore(path);
  try {
    return await withReader(path, (reader) => evaluate(context, { name, settings, options, path, store, reader }));
  } finally {
    await store.close();
  }
}

interface Asked {
  readonly name: string;
  readonly settings: readonly string[];
  readonly options: EvaluateOptions;
  readonly path: string;
  readonly store: Store;
  readonly reader: Reader;
}

async function evaluate(context: CommandContext, asked: Asked): Promise<CommandEnd> {
  const { name, settings, options, reader } = asked;
  const sweep = await reader.sweep(name);
  const module = options.task === undefined ? sweep.task : resolve(options.task);
  const task = await taskOf(sweep, module);
  const points = evaluationPoints(settings, task);
  const jobs = planEvaluations(task, chooseTrained(sweep, await reader.trials(name), options), points);
  const stored = new Set((await reader.evaluations(name)).filter(({ end }) => end.state !== 'failed').map(keyOf));
  const missing = jobs.filter(({ trial, setting }) => !stored.has(keyOf({ trial: trial.number, setting })));
  const workers = Math.min(options.workers ?? availableParallelism(), Math.max(1, missing.length));
  await requireEngines(missing, task, workers);
  const signal = missing.length === 0 ? null : await solve(context, asked, { sweep, module, missing, workers });
  return conclude(context, asked, { sweep, jobs, missing, signal });
}

/** @returns the signal that stopped it before its end; null: none */
async function solve(
  { stdout, stderr, version }: CommandContext,
  { options, path, store }: Asked,
  plan: {
    readonly sweep: SweepSummary;
    readonly module: string;
    readonly missing: readonly EvaluationJob[];
    readonly workers: number;
  },
): Promise<NodeJS.Signals | null> {
  // Standard output of --json is the document alone.
  const terminal = options.json === true ? stderr : stdout;
  const progress = createEvaluationProgress({
    write: (text) => {
      if (options.json !== true || stderr.isTTY) terminal.write(text);
    },
    now: () => performance.now(),
    total: plan.missing.length,
    width: terminal.isTTY ? terminal.columns : null,
  });
  const timeoutSeconds = options.timeout ?? storedTimeout(plan.sweep);
  progress.start(
    `Solving ${countOf(plan.missing.length, 'evaluation')}, ${plan.workers} at a time` +
      (timeoutSeconds === null ? '' : `, at most ${formatDuration(timeoutSeconds)} each`),
  );
  const origin = await describeOrigin(version);
  let run: EvaluationRun | null = null;
  const stops = watchStops({
    stopping: () => run?.stopped() ?? null,
    stop: (mode) => run?.stop(mode),
    leave: () => progress.close(),
  });
  try {
    run = startEvaluations({
      jobs: plan.missing,
      taskModule: plan.module,
      sweepSeed: plan.sweep.seed,
      loadModel: (job) => loadModel(path, job),
      store,
      dispatcher: createThreadDispatcher<EvaluationRequest, CompletedEvaluation>({
        workers: plan.workers,
        ...(timeoutSeconds === null ? {} : { timeoutSeconds }),
        workerFile: resolveWorker('#workers/evaluation'),
      }),
      origin,
      listen: ({ trial }, evaluation) => progress.evaluated(trial.number, evaluation),
    });
    await run.finished;
    return run.stopped() === null ? null : (stops.signal() ?? 'SIGINT');
  } finally {
    progress.close();
    stops.close();
  }
}

/** What the sweep's file, as last run, gives a trial. */
function storedTimeout({ name, specification }: SweepSummary): number | null {
  return parseSpecification(specification, { file: name }).limits.timeoutSeconds;
}

/** The table, the new frontier, and how the command ended. */
async function conclude(
  context: CommandContext,
  { name, options, reader }: Asked,
  run: {
    readonly sweep: SweepSummary;
    readonly jobs: readonly EvaluationJob[];
    readonly missing: readonly EvaluationJob[];
    readonly signal: NodeJS.Signals | null;
  },
): Promise<CommandEnd> {
  const { sweep, jobs, missing, signal } = run;
  const stored = await reader.evaluations(name);
  const byKey = new Map(stored.map((evaluation) => [keyOf(evaluation), evaluation]));
  const rows = jobs.flatMap(({ trial, setting }) => {
    const evaluation = byKey.get(keyOf({ trial: trial.number, setting }));
    return evaluation === undefined ? [] : [{ trial, evaluation }];
  });
  const unsolved = rows.filter(({ evaluation }) => evaluation.end.state !== 'solved').length;
  const left = jobs.length - rows.length;
  if (options.json === true) {
    const { rows: frontier } = await readFrontier(reader, sweep, 'trials', true);
    const evaluations = rows.map(({ evaluation }) => evaluation);
    writeJson(context, { sweep: name, objectives: sweep.objectives, evaluations, left, frontier });
  } else {
    const counts = [
      `${rows.length - unsolved} solved`,
      ...(unsolved === 0 ? [] : [`${unsolved} not solved`]),
      ...(missing.length === jobs.length ? [] : [`${jobs.length - missing.length} of them before`]),
      ...(left === 0 ? [] : [`${left} left: the same command goes on`]),
    ];
    context.stdout.write(`\n${countOf(jobs.length, 'evaluation')} of ${name}: ${counts.join(', ')}\n`);
    context.stdout.write(formatEvaluationTable(rows, tableOptions(context)));
    context.stdout.write('\n');
    await writeFrontier(context, reader, sweep, 'trials', true);
  }
  if (left > 0 && signal !== null) return { kind: 'signal', signal };
  return unsolved > 0 ? { kind: 'trials-failed' } : { kind: 'ok' };
}

/** @throws UserError unless it is the sweep's task that can be had */
async function taskOf(sweep: SweepSummary, module: string): Promise<Task> {
  const hint = `Say where its module lies: --task ./${sweep.task}.js`;
  if (module === sweep.task && builtinTasks.every(({ name }) => name !== module)) {
    throw new UserError('usage', `The task "${sweep.task}" of ${sweep.name} is not built in.`, { hint });
  }
  const task = await loadTask(module);
  if (task.name === sweep.task) return task;
  const message = `The module ${module} has the task "${task.name}", but ${sweep.name} was trained with "${sweep.task}".`;
  throw new UserError('usage', message, { hint });
}

/** @throws UserError if the file is gone, damaged or of another cell */
async function loadModel(database: string, { trial: { modelFile, cell } }: EvaluationJob): Promise<Float64Array> {
  const path = resolve(dirname(database), modelFile);
  const model = await readModelFile(path);
  if (model.cell === cell.hash) return model.parameters;
  throw new UserError('database', `The trained model ${path} is of another cell than its trial.`, {
    hint: 'The files beside the database belong to it: restore them, or train again.',
  });
}

function keyOf({ trial, setting }: Pick<RecordedEvaluation, 'trial' | 'setting'>): string {
  return `${trial} ${setting.hash}`;
}
