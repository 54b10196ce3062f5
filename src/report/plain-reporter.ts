/**
 * The sweep as lines of text, for logs, pipes and people without a terminal.
 *
 * One line a trial that ends, a heartbeat where nothing has been printed for a while. The heartbeat rides
 * on events: it needs no timer and ends with the run. ASCII only, no escape sequences.
 */
import type { SweepEvent, SweepListener } from '../sweep/events.js';
import type { Monitor, SweepStanding } from '../sweep/monitor/monitor.js';
import type { TrialView } from '../sweep/monitor/monitor-trial.js';
import type { TrialId } from '../sweep/store.js';
import { isTerminal, terminalTrialStates, trialStates } from '../sweep/trial-state.js';
import { countOf } from './count-of.js';
import { singleLine } from './display-width.js';
import { formatDuration } from './format-duration.js';
import { formatEstimate } from './format-estimate.js';
import { formatNumber } from './format-number.js';

export interface PlainReporterOptions {
  /** Takes one line with its newline. */
  readonly write: (text: string) => void;
  /** Milliseconds of a clock that never goes back, e.g. `performance.now`. */
  readonly now: () => number;
  /** Milliseconds without a line after which a heartbeat is printed. */
  readonly interval: number;
  /** The run's own, which hears each event before the reporter does: of a long sweep two would take twice the memory. */
  readonly monitor: Monitor;
}

const longestState = Math.max(...terminalTrialStates.map((state) => state.length));

export function createPlainReporter({ write, now, interval, monitor }: PlainReporterOptions): SweepListener {
  let lastLine = now();

  function print(line: string): void {
    write(`${line}\n`);
    lastLine = now();
  }

  return (event) => {
    const lines = linesFor(event, monitor);
    for (const line of lines) print(line);
    if (lines.length === 0 && now() - lastLine >= interval) {
      const heartbeat = heartbeatLine(monitor.standing());
      if (heartbeat !== null) print(heartbeat);
    }
  };
}

function linesFor(event: SweepEvent, { standing, trial: trialOf }: Monitor): readonly string[] {
  switch (event.kind) {
    case 'sweep-started':
      return startLines(event);
    case 'trial-completed':
    case 'trial-ended':
      return [endedLine(standing(), trialOf(event.trial))];
    case 'trial-requeued':
      return [`#${trialOf(event.trial).number} stopped; queued again`];
    case 'sweep-changed': {
      const { workers, maxSeconds } = event;
      const end =
        maxSeconds === null ? '' : `, no trial starts later than ${formatDuration(maxSeconds)} after the start`;
      return [`changed: ${countOf(workers, 'worker')}${end}`];
    }
    case 'trial-resumed':
      return [`#${trialOf(event.trial).number} continues from its checkpoint after epoch ${event.epoch}`];
    case 'trial-noted':
      return [singleLine(`#${trialOf(event.trial).number} ${event.message}`)];
    case 'sweep-paused':
      return [event.paused ? 'paused: running trials go on, no other starts' : 'resumed'];
    case 'trial-retried':
      return [retriedLine(trialOf(event.trial), event)];
    case 'sweep-stopping':
      return [
        ...(event.cause === null ? [] : [singleLine(`no further trial starts: ${event.cause.message}`)]),
        event.mode === 'drain'
          ? `stopping: ${waitedFor(standing())}; Ctrl-C again queues them as they are`
          : 'aborting: running trials are queued again',
      ];
    case 'sweep-finished':
      return [endLine(standing(), event.stopped !== null)];
    case 'trials-added':
      return [addedLine(event)];
    case 'trial-started':
    case 'trial-environment':
    case 'trial-progress':
    case 'epoch-recorded':
      return [];
    default:
      return event satisfies never;
  }
}

function startLines(event: Extract<SweepEvent, { kind: 'sweep-started' }>): readonly string[] {
  const { sweep, trials, workers, requeued, retried, outsidePlan, total = trials.length } = event;
  const before = trials.filter(({ state }) => isTerminal(state)).length;
  const list = (ids: readonly TrialId[]): string => {
    const numbers = new Map(trials.map(({ id, number }) => [id, number]));
    return ids.map((id) => `#${numbers.get(id) ?? '?'}`).join(' ');
  };
  const over = sweep.axes.length === 0 ? '' : ` over ${sweep.axes.join(', ')}`;
  return [
    singleLine(
      `sweep ${sweep.name}: task ${sweep.task}, ${countOf(total, 'trial')}${over}, ${countOf(workers, 'worker')}`,
    ),
    ...(before === 0 ? [] : [`  ${before} finished before, ${total - before} to run`]),
    ...(requeued.length === 0 ? [] : [`  queued again, left running by a run that was killed: ${list(requeued)}`]),
    ...(retried.length === 0 ? [] : [`  to run again, as asked: ${list(retried)}`]),
    ...(outsidePlan === 0 ? [] : [`  ${countOf(outsidePlan, 'stored trial')} outside this plan: kept, not run`]),
  ];
}

function addedLine({ trials, total }: Extract<SweepEvent, { kind: 'trials-added' }>): string {
  const first = trials.at(0)?.number;
  if (first === undefined) return `no further trials to be found: ${total} are all`;
  return `${countOf(trials.length, 'trial')} added from #${first} on, of ${total}`;
}

function endedLine(standing: SweepStanding, trial: TrialView): string {
  const { result, reason, seconds } = trial;
  const accuracy = result?.accuracy ?? null;
  return [
    place(standing),
    `#${trial.number}`.padStart(1 + String(standing.total).length),
    trial.state.padEnd(longestState),
    ...axisTexts(standing, trial),
    ...(result === null
      ? []
      : [...(result.nfe === null ? [] : [`nfe ${formatNumber(result.nfe)}`]), `loss ${formatNumber(result.loss)}`]),
    ...(accuracy === null ? [] : [`accuracy ${(100 * accuracy).toFixed(1)}%`]),
    ...(seconds === null ? [] : [formatDuration(seconds)]),
    ...etaTexts(standing),
    ...(reason === null ? [] : [`reason ${singleLine(`${reason.code}: ${reason.message}`)}`]),
  ].join('  ');
}

/** What a drain waits for: trials of programs and those without checkpoints finish. */
function waitedFor({ counts }: SweepStanding): string {
  return counts.running === 0
    ? 'no trial runs'
    : `letting ${countOf(counts.running, 'running trial')} finish or reach a checkpoint`;
}

function retriedLine(
  { number }: TrialView,
  { state, reason, waitSeconds }: Extract<SweepEvent, { kind: 'trial-retried' }>,
): string {
  return singleLine(`#${number} ${state} (${reason.code}: ${reason.message}); tried again in ${waitSeconds} s`);
}

function heartbeatLine(standing: SweepStanding): string | null {
  const { running } = standing;
  if (running.length === 0) return null;
  const shares = running.map(({ number, progress }) => `#${number} ${Math.floor(100 * (progress?.fraction ?? 0))}%`);
  return [place(standing), `running ${shares.join(', ')}`, ...etaTexts(standing)].join('  ');
}

/** How a run ended, in one line. */
export function endLine({ counts, elapsed }: SweepStanding, stopped: boolean): string {
  const states = trialStates.filter((state) => counts[state] > 0).map((state) => `${counts[state]} ${state}`);
  return `${stopped ? 'stopped' : 'finished'} after ${formatDuration(elapsed)}: ${states.join(', ') || 'no trials'}`;
}

/** How many have ended, of how many: `[ 7/24]`. */
function place({ total, counts }: SweepStanding): string {
  const ended = terminalTrialStates.reduce((sum, state) => sum + counts[state], 0);
  return `[${String(ended).padStart(String(total).length)}/${total}]`;
}

function axisTexts({ sweep }: SweepStanding, { cell: { parameters } }: TrialView): readonly string[] {
  return (sweep?.axes ?? []).map((axis) => {
    const value = parameters[axis];
    return `${axis}=${typeof value === 'number' ? formatNumber(value) : singleLine(String(value))}`;
  });
}

function etaTexts({ remaining, counts }: SweepStanding): readonly string[] {
  return remaining === null || counts.queued + counts.running === 0 ? [] : [`ETA ${formatEstimate(remaining)}`];
}
