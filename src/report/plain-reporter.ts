/**
 * The sweep as lines of text, for logs, pipes and people without a terminal.
 *
 * One line a trial that ends, a heartbeat where nothing has been printed for a while. The heartbeat rides
 * on events: it needs no timer and ends with the run. ASCII only, no escape sequences.
 */
import type { SweepEvent, SweepListener } from '../sweep/events.js';
import { createMonitor, type SweepSnapshot } from '../sweep/monitor.js';
import type { TrialView } from '../sweep/monitor-trial.js';
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
}

const longestState = Math.max(...terminalTrialStates.map((state) => state.length));

export function createPlainReporter({ write, now, interval }: PlainReporterOptions): SweepListener {
  const monitor = createMonitor({ now });
  let lastLine = now();

  function print(line: string): void {
    write(`${line}\n`);
    lastLine = now();
  }

  return (event) => {
    monitor.listen(event);
    const lines = linesFor(event, monitor.snapshot);
    for (const line of lines) print(line);
    if (lines.length === 0 && now() - lastLine >= interval) {
      const heartbeat = heartbeatLine(monitor.snapshot());
      if (heartbeat !== null) print(heartbeat);
    }
  };
}

function linesFor(event: SweepEvent, snapshot: () => SweepSnapshot): readonly string[] {
  switch (event.kind) {
    case 'sweep-started':
      return startLines(event);
    case 'trial-completed':
    case 'trial-ended':
      return [endedLine(snapshot(), event.trial)];
    case 'trial-requeued':
      return [`#${trialOf(snapshot(), event.trial).number} stopped; queued again`];
    case 'sweep-paused':
      return [event.paused ? 'paused: running trials go on, no other starts' : 'resumed'];
    case 'trial-retried':
      return [retriedLine(snapshot(), event)];
    case 'sweep-stopping':
      return [
        ...(event.cause === null ? [] : [singleLine(`no further trial starts: ${event.cause.message}`)]),
        event.mode === 'drain'
          ? 'stopping: running trials finish first; Ctrl-C again queues them for the next run'
          : 'aborting: running trials are queued again',
      ];
    case 'sweep-finished':
      return [endLine(snapshot(), event.stopped !== null)];
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
  const numbers = new Map(trials.map(({ id, number }) => [id, number]));
  const list = (ids: readonly TrialId[]): string => ids.map((id) => `#${numbers.get(id) ?? '?'}`).join(' ');
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

function endedLine(snapshot: SweepSnapshot, id: TrialId): string {
  const trial = trialOf(snapshot, id);
  const { result, reason, seconds } = trial;
  const accuracy = result?.accuracy ?? null;
  return [
    place(snapshot),
    `#${trial.number}`.padStart(1 + String(snapshot.total).length),
    trial.state.padEnd(longestState),
    ...axisTexts(snapshot, trial),
    ...(result === null
      ? []
      : [...(result.nfe === null ? [] : [`nfe ${formatNumber(result.nfe)}`]), `loss ${formatNumber(result.loss)}`]),
    ...(accuracy === null ? [] : [`accuracy ${(100 * accuracy).toFixed(1)}%`]),
    ...(seconds === null ? [] : [formatDuration(seconds)]),
    ...etaTexts(snapshot),
    ...(reason === null ? [] : [`reason ${singleLine(`${reason.code}: ${reason.message}`)}`]),
  ].join('  ');
}

function retriedLine(
  snapshot: SweepSnapshot,
  { trial, state, reason, waitSeconds }: Extract<SweepEvent, { kind: 'trial-retried' }>,
): string {
  const { number } = trialOf(snapshot, trial);
  return singleLine(`#${number} ${state} (${reason.code}: ${reason.message}); tried again in ${waitSeconds} s`);
}

function heartbeatLine(snapshot: SweepSnapshot): string | null {
  const running = snapshot.trials.filter(({ state }) => state === 'running');
  if (running.length === 0) return null;
  const shares = running.map(({ number, progress }) => `#${number} ${Math.floor(100 * (progress?.fraction ?? 0))}%`);
  return [place(snapshot), `running ${shares.join(', ')}`, ...etaTexts(snapshot)].join('  ');
}

function endLine({ counts, elapsed }: SweepSnapshot, stopped: boolean): string {
  const states = trialStates.filter((state) => counts[state] > 0).map((state) => `${counts[state]} ${state}`);
  return `${stopped ? 'stopped' : 'finished'} after ${formatDuration(elapsed)}: ${states.join(', ') || 'no trials'}`;
}

/** How many have ended, of how many: `[ 7/24]`. */
function place({ trials, total, counts }: SweepSnapshot): string {
  const ended = String(trials.length - counts.queued - counts.running);
  return `[${ended.padStart(String(total).length)}/${total}]`;
}

function axisTexts({ sweep }: SweepSnapshot, { parameters }: TrialView): readonly string[] {
  return (sweep?.axes ?? []).map((axis) => {
    const value = parameters[axis];
    return `${axis}=${typeof value === 'number' ? formatNumber(value) : singleLine(String(value))}`;
  });
}

function etaTexts({ remaining, counts }: SweepSnapshot): readonly string[] {
  return remaining === null || counts.queued + counts.running === 0 ? [] : [`ETA ${formatEstimate(remaining)}`];
}

function trialOf({ trials }: SweepSnapshot, id: TrialId): TrialView {
  const trial = trials.find((candidate) => candidate.id === id);
  if (trial === undefined) throw new Error(`The sweep holds no trial with id ${id}.`);
  return trial;
}
