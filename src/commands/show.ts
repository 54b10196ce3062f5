/** `sweep show SWEEP [TRIAL]`: what a sweep is and how far it is, or everything about one trial. */
import { existsSync } from 'node:fs';
import type { SweepSummary, TrialHistory } from '../../db/index.js';
import { engineText } from '../report/engine-text.js';
import { formatEvaluationTable } from '../report/format-evaluation-table.js';
import { formatDuration } from '../report/format-duration.js';
import { formatPruning } from '../report/format-pruning.js';
import { formatTable } from '../report/format-table.js';
import { summarizePruning, type PruningSummary } from '../report/pruning-summary.js';
import { filesOfSweep, logFileIn } from '../sweep/trial-files.js';
import type { AttemptLimits } from '../sweep/store.js';
import { trialStates } from '../sweep/trial-state.js';
import type { EpochMetrics } from '../training/trial.js';
import { databasePath, tableOptions, writeJson, type CommandContext, type DatabaseOptions } from './command-context.js';
import { tellCoordinator } from './tell-coordinator.js';
import { withReader } from './with-reader.js';

export async function show(
  context: CommandContext,
  name: string,
  trial: number | undefined,
  options: DatabaseOptions,
): Promise<void> {
  await withReader(databasePath(context, options), async (reader) => {
    if (trial === undefined) {
      const sweep = await reader.sweep(name);
      const pruning = await summarizePruning(reader, sweep);
      if (options.json === true) writeJson(context, { ...sweep, pruning });
      else {
        writeSweep(context, sweep, pruning);
        if (sweep.counts.running > 0) await tellCoordinator(context, reader);
      }
    } else {
      const history = await reader.trial(name, trial);
      if (options.json === true) writeJson(context, history);
      else {
        writeTrial(context, history, logFileIn(filesOfSweep(databasePath(context, options), name), trial));
        if (history.trial.state === 'running') await tellCoordinator(context, reader);
      }
    }
  });
}

function writeSweep({ stdout }: CommandContext, sweep: SweepSummary, pruning: PruningSummary | null): void {
  const counts = trialStates
    .filter((state) => sweep.counts[state] > 0)
    .map((state) => `${sweep.counts[state]} ${state}`);
  writeFacts(stdout, [
    ['sweep', sweep.name],
    ['task', sweep.task],
    ['seed', String(sweep.seed)],
    ['axes', sweep.axes.join(', ')],
    ['objectives', sweep.objectives.map(({ name, goal }) => `${goal} ${name}`).join(', ')],
    ['trials', `${sweep.trials}: ${counts.join(', ')}`],
    ['created', sweep.createdAt],
    ['last activity', sweep.lastActivityAt],
  ]);
  if (pruning !== null) stdout.write(`\n${formatPruning(pruning).join('\n')}\n`);
  stdout.write(`\nSpecification:\n${JSON.stringify(JSON.parse(sweep.specification), null, 2)}\n`);
}

/** @param logFile of a trial that is another program; of all others there is none */
function writeTrial(
  context: CommandContext,
  { trial, attempts, epochs, evaluations }: TrialHistory,
  logFile: string,
): void {
  const { stdout } = context;
  const { environment, result, reason } = trial;
  writeFacts(stdout, [
    ['trial', `#${trial.number} of ${trial.sweep}`],
    ['state', trial.state],
    ...(reason === null ? [] : ([['reason', `${reason.code}: ${reason.message}`]] as const)),
    ['cell', trial.cell.hash],
    ['sweep seed', String(trial.sweepSeed)],
    ...(result === null
      ? []
      : ([
          ...known('nfe', result.nfe, String),
          ['loss', String(result.loss)],
          ...known('accuracy', result.accuracy, String),
          ...known('training', result.trainSeconds, formatDuration),
          ...known('prediction', result.predictSeconds, (s) => `${(1000 * s).toPrecision(3)} ms for the test set`),
          ...Object.entries(result.metrics ?? {}).map(([name, value]) => [name, String(value)] as const),
        ] as const)),
    ...(environment === null
      ? []
      : ([
          ['engine', `${engineText(environment)} (${environment.device})`],
          [
            'versions',
            Object.entries(environment.versions)
              .map((named) => named.join(' '))
              .join(', '),
          ],
          ...known('model', environment.modelParameters, (count) => `${count} parameters`),
          ...Object.entries(environment.choices ?? {}).map(([name, why]) => [`${name}: auto`, why] as const),
        ] as const)),
    ...(trial.sparedEpoch === null
      ? []
      : ([['spared', `early stopping would have ended it at epoch ${trial.sparedEpoch}`]] as const)),
    ...(trial.modelFile === null ? [] : ([['model file', trial.modelFile]] as const)),
    ...(existsSync(logFile) ? ([['output', logFile]] as const) : []),
  ]);
  stdout.write('\nParameters:\n');
  writeFacts(
    stdout,
    Object.entries(trial.cell.parameters).map(([key, value]) => [key, String(value)] as const),
  );
  stdout.write('\nAttempts:\n');
  const limited = attempts.some(({ limits }) => limitsText(limits) !== '');
  const attemptRows = attempts.map((attempt) => {
    const { number, state, startedAt, wallSeconds, origin, resumedEpoch, limits, reason: why } = attempt;
    return [
      number,
      state,
      resumedEpoch,
      startedAt,
      wallSeconds,
      ...(limited ? [limitsText(limits)] : []),
      `${origin.host}, process ${origin.pid}`,
      origin.gitRevision === null ? null : origin.gitRevision.slice(0, 10) + (origin.gitDirty === true ? '+' : ''),
      why === null ? null : `${why.code}: ${why.message}`,
    ];
  });
  const attemptTitles = [
    ...['#', 'state', 'from epoch', 'started', 'seconds'],
    ...(limited ? ['limits'] : []),
    ...['where', 'revision', 'reason'],
  ];
  stdout.write(formatTable(titled(attemptTitles), attemptRows, tableOptions(context)));
  if (epochs.length > 0) {
    stdout.write('\nEpochs:\n');
    const columns = epochColumns.filter(([, key]) => epochs.some((metrics) => metrics[key] !== null));
    const own = [...new Set(epochs.flatMap(({ metrics = {} }) => Object.keys(metrics)))];
    const rows = epochs.map((epoch) => [
      ...columns.map(([, key]) => epoch[key]),
      ...own.map((name) => epoch.metrics?.[name] ?? null),
    ]);
    const titles = [...columns.map(([title]) => title), ...own];
    stdout.write(formatTable(titled(titles), rows, tableOptions(context)));
  }
  if (evaluations.length > 0) {
    stdout.write('\nEvaluations:\n');
    const points = evaluations.map((evaluation) => ({ trial, evaluation }));
    stdout.write(formatEvaluationTable(points, tableOptions(context)));
  }
  if (reason?.detail !== undefined) stdout.write(`\n${reason.detail}\n`);
}

const epochColumns: readonly (readonly [string, Exclude<keyof EpochMetrics, 'metrics'>])[] = [
  ['epoch', 'epoch'],
  ['train loss', 'trainLoss'],
  ['test loss', 'testLoss'],
  ['accuracy', 'accuracy'],
  ['nfe', 'nfe'],
  ['train nfe', 'trainNfe'],
  ['backward nfe', 'backwardNfe'],
  ['accepted', 'accepted'],
  ['rejected', 'rejected'],
  ['R_E', 'errorRegularizer'],
  ['R_S', 'stiffnessRegularizer'],
  ['R_K', 'taylorRegularizer'],
  ['R_local', 'localRegularizer'],
  ['λ_E', 'errorWeight'],
  ['λ_S', 'stiffnessWeight'],
  ['train s', 'trainSeconds'],
  ['predict s', 'predictSeconds'],
];

function limitsText({ timeoutSeconds, memoryMegabytes }: AttemptLimits): string {
  return [
    ...(timeoutSeconds === null ? [] : [formatDuration(timeoutSeconds)]),
    ...(memoryMegabytes === null ? [] : [`${memoryMegabytes} MiB`]),
  ].join(', ');
}

/** A fact where there is a number to tell. */
function known(
  name: string,
  value: number | null,
  text: (value: number) => string,
): readonly (readonly [string, string])[] {
  return value === null ? [] : [[name, text(value)]];
}

function titled(titles: readonly string[]): { readonly title: string }[] {
  return titles.map((title) => ({ title }));
}

function writeFacts(stdout: CommandContext['stdout'], facts: readonly (readonly [string, string])[]): void {
  const width = Math.max(...facts.map(([name]) => name.length));
  for (const [name, value] of facts) stdout.write(`  ${name.padEnd(width)}  ${value}\n`);
}
