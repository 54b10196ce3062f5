/**
 * `sweep rerun SWEEP TRIAL…`: computes completed trials once more and says whether the same numbers come out. Nothing is
 * stored: what has ended stays as it ended.
 *
 * On `kernels` and `reference` every bit must agree, whatever the machine; on other engines last digits may differ.
 */
import { resolve } from 'node:path';
import type { Reader, RecordedTrial } from '../../db/index.js';
import { shareCores } from '../engines/index.js';
import { UserError } from '../errors.js';
import { formatDuration } from '../report/format-duration.js';
import { createDispatcher } from '../sweep/dispatch/create-dispatcher.js';
import type { Dispatcher } from '../sweep/dispatch/dispatcher.js';
import { readModelFile } from '../sweep/model-file.js';
import { parametersAsRun } from '../sweep/evaluation/parameters-as-run.js';
import type { TrialMessage, TrialOutcome, TrialRequest, TrialResult } from '../training/trial.js';
import {
  databasePath,
  writeJson,
  type CommandContext,
  type CommandEnd,
  type DatabaseOptions,
} from './command-context.js';
import { withReader } from './with-reader.js';

export interface RerunOptions extends DatabaseOptions {
  readonly task?: string;
}

/** How a trial compares with what is stored of it. */
interface Comparison {
  readonly trial: number;
  readonly engine: string;
  /** Results and, where a model file is there, every trained parameter. */
  readonly same: boolean;
  /** Stored and computed now, where they differ. */
  readonly differences: Readonly<Record<string, readonly [number | null, number | null]>>;
  /** Parameters compared, and of them those that differ; null without a model file. */
  readonly parameters: { readonly compared: number; readonly different: number } | null;
  readonly seconds: number;
}

/** Of the result, what does not depend on a clock. */
const measured = ['nfe', 'loss', 'accuracy', 'trainLoss', 'epochs'] as const satisfies readonly (keyof TrialResult)[];

export async function rerun(
  context: CommandContext,
  name: string,
  numbers: readonly number[],
  options: RerunOptions,
): Promise<CommandEnd> {
  const comparisons: Comparison[] = [];
  await withReader(databasePath(context, options), async (reader) => {
    const trials: RecordedTrial[] = [];
    for (const number of numbers) trials.push(await completedTrial(reader, name, number));
    const { seed, task, specification } = await reader.sweep(name);
    requireTask(name, specification);
    const module = options.task === undefined ? task : resolve(options.task);
    shareCores(1);
    const dispatcher = createDispatcher({ workers: 1 });
    try {
      for (const trial of trials) {
        const request = { task: module, parameters: parametersAsRun(trial), sweepSeed: seed };
        const comparison = await compare(trial, databasePath(context, options), request, dispatcher, context);
        comparisons.push(comparison);
        if (options.json !== true) context.stdout.write(`${lineOf(comparison)}\n`);
      }
    } finally {
      await dispatcher.close();
    }
  });
  if (options.json === true) writeJson(context, comparisons);
  return comparisons.every(({ same }) => same) ? { kind: 'ok' } : { kind: 'trials-failed' };
}

/** @throws UserError if the trials are other programs: what they compute is not ours to promise */
function requireTask(sweep: string, specification: string): void {
  if (Object.hasOwn(JSON.parse(specification) as object, 'task')) return;
  throw new UserError('usage', `The trials of ${sweep} are other programs: only those of a task can be compared.`, {
    hint: 'Run the sweep file under another `name:` and compare the two by `sweep sql`.',
  });
}

/** @throws UserError if there is none, or it has no result to compare with */
async function completedTrial(reader: Reader, sweep: string, number: number): Promise<RecordedTrial> {
  const { trial } = await reader.trial(sweep, number);
  if (trial.state === 'completed') return trial;
  throw new UserError('usage', `Trial #${number} of ${sweep} is ${trial.state}: there is no result to compare with.`, {
    hint: 'Name completed trials; `sweep run FILE --retry …` runs again what did not complete.',
  });
}

async function compare(
  trial: RecordedTrial,
  database: string,
  request: TrialRequest,
  dispatcher: Dispatcher,
  { stderr }: CommandContext,
): Promise<Comparison> {
  const began = performance.now();
  let engine = '';
  const onMessage = (message: TrialMessage): void => {
    if (message.kind === 'environment') engine = `${message.environment.engine} ${message.environment.dtype}`;
    if (message.kind === 'progress' && stderr.isTTY) {
      stderr.write(`\r#${trial.number} ${Math.floor(100 * message.progress.fraction)} %\r`);
    }
  };
  const { result, model } = completed(trial, await dispatcher.run(request, { onMessage }));
  const stored = trial.result;
  const differing = measured.filter((name) => !Object.is(stored?.[name], result[name]));
  const differences = Object.fromEntries(
    differing.map((name) => [name, [stored?.[name] ?? null, result[name]] as const]),
  );
  const parameters =
    trial.modelFile === null || model === null
      ? null
      : await compareModels(database, trial.modelFile, model.parameters);
  const same = differing.length === 0 && (parameters?.different ?? 0) === 0;
  return { trial: trial.number, engine, same, differences, parameters, seconds: (performance.now() - began) / 1000 };
}

/** @throws UserError if the trial did not complete this time */
function completed(
  { number }: RecordedTrial,
  outcome: TrialOutcome,
): Extract<TrialOutcome, { readonly state: 'completed' }> {
  if (outcome.state === 'completed') return outcome;
  const why =
    outcome.state === 'interrupted' ? 'it was interrupted' : `${outcome.reason.code}: ${outcome.reason.message}`;
  throw new UserError('environment', `Trial #${number} completed before, but not this time: ${why}`, {
    hint: 'A task of your own needs --task with the path of its module; else something of this machine differs (`sweep doctor`).',
  });
}

async function compareModels(database: string, file: string, now: Float64Array) {
  const { parameters } = await readModelFile(resolve(database, '..', file));
  const compared = Math.max(parameters.length, now.length);
  let different = 0;
  for (let k = 0; k < compared; k += 1) if (!Object.is(parameters[k], now[k])) different += 1;
  return { compared, different };
}

function lineOf({ trial, engine, same, differences, parameters, seconds }: Comparison): string {
  const model = parameters === null ? '' : `, ${parameters.compared} parameters`;
  if (same) return `#${trial}  same bits: results${model} (${engine}, ${formatDuration(seconds)})`;
  const results = Object.entries(differences).map(([name, [before, now]]) => `${name} was ${before}, is ${now}`);
  const weights =
    parameters === null || parameters.different === 0
      ? []
      : [`${parameters.different} of ${parameters.compared} parameters differ`];
  return `#${trial}  DIFFERS: ${[...results, ...weights].join('; ')} (${engine}, ${formatDuration(seconds)})`;
}
