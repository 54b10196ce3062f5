/**
 * `sweep run FILE`: plans, runs or resumes a sweep, shows it, and ends with the frontier.
 *
 * Stopping: each Ctrl-C (or `q` twice in the dashboard) asks for more – drain, abort, exit; SIGTERM and
 * SIGHUP abort. What was running is queued again by the next run of the same command.
 */
import { dirname, resolve } from 'node:path';
import { openStore } from '../../db/index.js';
import { canShowDashboard } from '../dashboard/can-show-dashboard.js';
import type { Dashboard } from '../dashboard/start-dashboard.js';
import { createNdjsonReporter } from '../report/ndjson-reporter.js';
import { createPlainReporter, endLine } from '../report/plain-reporter.js';
import { startSweep, type SweepRun, type SweepSummary } from '../sweep/coordinator/coordinator.js';
import { listenForControl, type ControlServer } from '../sweep/control/server.js';
import { createDispatcher } from '../sweep/dispatch/create-dispatcher.js';
import type { Dispatcher } from '../sweep/dispatch/dispatcher.js';
import { createProgramDispatcher } from '../sweep/dispatch/program-dispatcher.js';
import type { StopMode, SweepListener } from '../sweep/events.js';
import { checkpointsBeside } from '../sweep/checkpoint-files.js';
import { saveModelsBeside } from '../sweep/model-file.js';
import { createMonitor, type AwaitedSweep } from '../sweep/monitor/monitor.js';
import { describeOrigin, type AttemptOrigin } from '../sweep/run-origin.js';
import type { Store } from '../sweep/store.js';
import { filesOfSweep } from '../sweep/trial-files.js';
import { countUnsuccessful, type RetriableState } from '../sweep/trial-state.js';
import { databasePath, type CommandContext, type CommandEnd, type DatabaseOptions } from './command-context.js';
import { answerControl } from './control.js';
import { concludeRun } from './conclude-run.js';
import { loadPlan, type RunnablePlan } from './load-plan.js';
import { storedEvaluations } from './stored-evaluations.js';
import { tellDifferences } from './tell-differences.js';
import { watchStops } from './watch-stops.js';
import { workersByDefault } from './workers-by-default.js';
import type { ExecutorName } from '../sweep/dispatch/executor-names.js';

export interface RunOptions extends DatabaseOptions {
  readonly workers?: number;
  readonly executor?: ExecutorName;
  readonly engine?: string;
  readonly plain?: boolean;
  readonly retry?: readonly RetriableState[];
  readonly maxTime?: string;
}

const now = (): number => performance.now();

/** Milliseconds without a line after which the plain report prints a heartbeat. */
const heartbeat = 10_000;

export async function runSweep(
  context: CommandContext,
  file: string,
  overrides: readonly string[],
  options: RunOptions,
): Promise<CommandEnd> {
  const engine = options.engine === undefined ? [] : [`engine=${options.engine}`];
  const maxTime = options.maxTime === undefined ? [] : [`max_time=${options.maxTime}`];
  const [plan, origin] = await Promise.all([
    loadPlan(context, file, [...overrides, ...engine, ...maxTime], options.workers),
    // Git takes its time: meanwhile there is a plan to make.
    describeOrigin(context.version, dirname(resolve(file))),
  ]);
  const path = databasePath(context, options);
  const store = await openStore(path);
  try {
    const awaited = await tellDifferences(context, plan, path, origin);
    const shown = await followRun(context, options, plan, { path, store, origin, awaited });
    if (options.json !== true) await concludeRun(context, { plan, path, summary: shown.summary });
    return shown.end;
  } finally {
    await store.close();
  }
}

interface RunParts {
  readonly path: string;
  readonly store: Store;
  readonly origin: AttemptOrigin;
  readonly awaited: AwaitedSweep;
}

async function followRun(
  context: CommandContext,
  options: RunOptions,
  plan: RunnablePlan,
  { path, store, origin, awaited }: RunParts,
): Promise<{ readonly summary: SweepSummary; readonly end: CommandEnd }> {
  const write = (text: string): void => void context.stdout.write(text);
  const monitor = createMonitor({ now }, awaited);
  const withDashboard =
    options.json !== true && options.plain !== true && canShowDashboard(context, context.environment);
  const report: SweepListener | null =
    options.json === true
      ? createNdjsonReporter({ write })
      : withDashboard
        ? null
        : createPlainReporter({ write, now, interval: heartbeat, monitor });

  let stopping: StopMode | null = null;
  let run: SweepRun | null = null;
  let dashboard: Dashboard | null = null;
  let control: ControlServer | null = null;
  const stops = watchStops({
    stopping: () => stopping,
    stop: (mode) => run?.stop(mode),
    leave: () => dashboard?.close(),
  });
  try {
    if (withDashboard) {
      const { environment } = context;
      const { startDashboard } = await import('../dashboard/start-dashboard.js');
      const evaluated = await storedEvaluations(path, plan.declaration.name);
      dashboard = await startDashboard({
        monitor,
        evaluated,
        terminal: context,
        environment,
        onStop: stops.ask,
        control: {
          pause: (paused) => run?.pause(paused),
          // What ends a trial is told by its event, and a failure by `finished`.
          kill: (trial) => void run?.kill(trial).catch(() => undefined),
        },
      });
    }
    // If the socket cannot be made the run goes on, without it.
    control = await listenForControl(
      path,
      answerControl(() => run, plan),
    ).catch((error: unknown) => {
      context.stderr.write(`Warning: other terminals cannot control this run: ${String(error)}\n`);
      return null;
    });
    // Nothing is awaited between the start and `finished`: a run that fails at once is told like any other.
    run = startSweep({
      plan,
      store,
      dispatcher: dispatcherFor(context, plan, path, options),
      origin,
      listen: (event) => {
        if (event.kind === 'sweep-stopping') stopping = event.mode;
        // Lines of JSON say it all: nobody looks at what the monitor would make of 100,000 trials.
        if (options.json !== true) monitor.listen(event);
        report?.(event);
      },
      saveModel: saveModelsBeside(path, plan.declaration),
      ...(plan.program === null
        ? { checkpoints: checkpointsBeside(path, plan.declaration, plan.limits.checkpointSeconds) }
        : {}),
      ...(options.retry === undefined ? {} : { retry: options.retry }),
    });
    stops.repeat();
    const summary = await run.finished;
    dashboard?.close();
    const closed = await dashboard?.ended;
    if (closed?.kind === 'failed') context.stderr.write(`The dashboard failed: ${String(closed.error)}\n`);
    // The screen is gone: what it showed last stays in one line, as the plain report's end.
    if (dashboard !== null) write(`${endLine(monitor.standing(), summary.stopped !== null)}\n`);
    return { summary, end: endOf(summary, stops.signal()) };
  } finally {
    await control?.close();
    dashboard?.close();
    stops.close();
  }
}

function dispatcherFor(context: CommandContext, plan: RunnablePlan, path: string, options: RunOptions): Dispatcher {
  const workers = options.workers ?? plan.workers ?? workersByDefault(context, plan);
  const { memoryMegabytes, timeoutSeconds } = plan.limits;
  const shared = {
    workers,
    ...(timeoutSeconds === null ? {} : { timeoutSeconds }),
  };
  if (plan.program !== null) {
    return createProgramDispatcher({ ...shared, ...plan.program, files: filesOfSweep(path, plan.declaration.name) });
  }
  const executor = options.executor ?? plan.executor;
  return createDispatcher({
    ...shared,
    ...(memoryMegabytes === null ? {} : { memoryMegabytes }),
    ...(executor === null ? {} : { executor }),
  });
}

export function endOf({ counts, unplanned, stopped, cause }: SweepSummary, signal: NodeJS.Signals | null): CommandEnd {
  // A run drains by itself; it is aborted only by someone who asks.
  const asked = stopped === 'abort' || (stopped === 'drain' && cause === null);
  if (asked && counts.queued + unplanned > 0) return { kind: 'signal', signal: signal ?? 'SIGINT' };
  return countUnsuccessful(counts) > 0 ? { kind: 'trials-failed' } : { kind: 'ok' };
}
