/** `sweep drive FILE`: another program asks for trials on standard input and tells how they went. */
import { createInterface } from 'node:readline';
import { openStore } from '../../db/index.js';
import { listenForControl } from '../sweep/control/server.js';
import { startSweep, type SweepRun } from '../sweep/coordinator/coordinator.js';
import { createDriver } from '../sweep/dispatch/driver.js';
import { describeOrigin } from '../sweep/run-origin.js';
import { databasePath, type CommandContext, type CommandEnd, type DatabaseOptions } from './command-context.js';
import { answerControl } from './control.js';
import { loadPlan } from './load-plan.js';
import { endOf } from './run.js';
import { tellDifferences } from './tell-differences.js';
import { watchStops } from './watch-stops.js';

export interface DriveOptions extends DatabaseOptions {
  readonly workers?: number;
}

export async function drive(
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
    stops.repeat();
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
