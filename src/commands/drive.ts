/** `sweep drive FILE`: another program asks for trials on standard input and tells how they went. */
import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import { openStore } from '../../db/index.js';
import { listenForControl } from '../sweep/control/server.js';
import { startSweep, type SweepRun } from '../sweep/coordinator/coordinator.js';
import { createDriver } from '../sweep/dispatch/driver.js';
import { describeOrigin } from '../sweep/run-origin.js';
import { databasePath, type CommandContext, type CommandEnd, type DatabaseOptions } from './command-context.js';
import { answerControl } from './control.js';
import { loadPlan } from './load-plan.js';
import { parsePositiveInteger } from './parse-number.js';
import { endOf } from './run.js';
import { tellDifferences } from './tell-differences.js';
import { watchStops } from './watch-stops.js';

interface DriveOptions extends DatabaseOptions {
  readonly workers?: number;
}

export function addDriveCommand(program: Command, context: CommandContext, end: (end: CommandEnd) => void): void {
  program
    .command('drive')
    .summary('let another program ask for trials and tell how they went (NDJSON)')
    .description(
      'Speaks JSON lines on standard input and output. What is told is stored at once; when the pipe closes, trials ' +
        'that are open are queued again, and the same command goes on.',
    )
    .argument('<file>', 'sweep file (YAML)')
    .argument('[overrides...]', 'parameters or settings instead of the file’s')
    .option('--db <path>', 'database of results (default: $SWEEP_DB or ./sweeps.sqlite)')
    .option(
      '--workers <n>',
      'most trials open at a time (default: the file’s `workers`, or all cores)',
      parsePositiveInteger,
    )
    .addHelpText(
      'after',
      `
Asks and tells:
  {"ask": 1}                                            answered by {"v":1,"trial":3,"attempt":1,"parameters":{…}}
  {"tell": 3, "epoch": {"epoch": 1, "loss": 0.4}}       may be answered by {"v":1,"trial":3,"prune":true}
  {"tell": 3, "result": {"loss": 0.1, "nfe": 74}}       or {"tell": 3, "failed": "why"}
  {"v":1,"done":true} is the last answer: every trial has ended.

Example:
  sweep drive sweep.yaml --db results.sqlite`,
    )
    .action(async (file: string, overrides: readonly string[], options: DriveOptions) => {
      end(await drive(context, file, overrides, options));
    });
}

async function drive(
  context: CommandContext,
  file: string,
  overrides: readonly string[],
  options: DriveOptions,
): Promise<CommandEnd> {
  const plan = await loadPlan(context, file, overrides, options.workers);
  const path = databasePath(context, options);
  const store = await openStore(path);
  const write = (line: string): void => void context.stdout.write(line);
  const workers = options.workers ?? plan.workers;
  const { timeoutSeconds } = plan.limits;
  const driver = createDriver({
    write,
    ...(workers === null ? {} : { workers }),
    ...(timeoutSeconds === null ? {} : { timeoutSeconds }),
  });
  let run: SweepRun | null = null;
  const stops = watchStops({ stopping: () => null, stop: (mode) => run?.stop(mode), leave: () => undefined });
  const control = await listenForControl(
    path,
    answerControl(() => run, plan),
  ).catch(() => null);
  try {
    const origin = await describeOrigin(context.version, plan.folder);
    await tellDifferences(context, plan, path, origin);
    run = startSweep({ plan, store, dispatcher: driver.dispatcher, origin, listen: () => undefined });
    const { finished, stop } = run;
    // Not before: lines that nobody listens for are lost.
    const lines = createInterface({ input: context.stdin });
    lines.on('line', (line) => driver.hear(line));
    lines.once('close', () => stop('abort'));
    const summary = await finished;
    if (summary.counts.queued === 0) write('{"v":1,"done":true}\n');
    return endOf(summary, stops.signal());
  } finally {
    context.stdin.destroy();
    stops.close();
    await control?.close();
    await store.close();
  }
}
