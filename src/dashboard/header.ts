/** The two lines at the top: what runs and how its trials stand; how far it is and how long it takes. */
import { formatDuration } from '../report/format-duration.js';
import { formatEstimate } from '../report/format-estimate.js';
import { formatNumber } from '../report/format-number.js';
import { singleLine } from '../report/display-width.js';
import { doneFraction } from '../sweep/monitor/monitor-trial.js';
import type { AwaitedSweep, SweepSnapshot } from '../sweep/monitor/monitor.js';
import { trialStates, type TrialState } from '../sweep/trial-state.js';
import { progressBar } from './progress-bar.js';
import { fitLine, lineWidth, span, spread, type Line } from './styled-line.js';
import { stateTones } from './theme.js';

const shortestBar = 8;
const longestBar = 48;
/** In the order in which people look for them. */
const countedStates: readonly TrialState[] = [
  'running',
  'completed',
  ...trialStates.filter((state) => !['running', 'completed', 'queued'].includes(state)),
  'queued',
];

const shortNames: Readonly<Record<TrialState, string>> = {
  queued: 'todo',
  running: 'run',
  completed: 'ok',
  failed: 'fail',
  diverged: 'div',
  timed_out: 'late',
  pruned: 'cut',
  cancelled: 'off',
};

export function renderHeader(snapshot: SweepSnapshot, width: number): readonly Line[] {
  if (snapshot.sweep === null) return awaitedLines(snapshot.awaited, width);
  return [titleLine(snapshot, width), progressLine(snapshot, width)];
}

function awaitedLines(awaited: AwaitedSweep | null, width: number): readonly Line[] {
  if (awaited === null)
    return [fitLine([span(' Waiting for the sweep to start …', 'faint')], width), fitLine([], width)];
  const count = `${awaited.ended} of ${awaited.trials} ended `;
  return [spread(nameOf(awaited), [span(count)], width), fitLine([span(' Opening the sweep …', 'faint')], width)];
}

function nameOf({ name, task }: { readonly name: string; readonly task: string }): Line {
  return [span(' '), span(singleLine(name), 'strong'), span(`  ${singleLine(task)}`, 'faint')];
}

function titleLine({ sweep, counts }: SweepSnapshot, width: number): Line {
  const name = sweep === null ? [] : nameOf(sweep);
  const present = countedStates.filter((state) => counts[state] > 0);
  const words = present.map((state) => [state, state.replace('_', ' ')] as const);
  const long = countLine(counts, words);
  if (lineWidth(name) + lineWidth(long) + 2 <= width) return spread(name, long, width);
  const short = countLine(
    counts,
    present.map((state) => [state, shortNames[state]] as const),
  );
  const bare = name.slice(0, 2);
  return spread(bare, lineWidth(bare) + lineWidth(long) + 2 <= width ? long : short, width);
}

function countLine(counts: SweepSnapshot['counts'], names: readonly (readonly [TrialState, string])[]): Line {
  const pieces = names.flatMap(([state, name]) => [span('  '), span(`${counts[state]} ${name}`, stateTones[state])]);
  return [...pieces.slice(1), span(' ')];
}

function progressLine(snapshot: SweepSnapshot, width: number): Line {
  const { trials, total, counts, remaining, perMinute, workers, finished, elapsed } = snapshot;
  const ended = trials.length - counts.queued - counts.running;
  const done = total === 0 ? 0 : trials.reduce((sum, trial) => sum + doneFraction(trial), 0) / total;
  const facts = [
    `${Math.floor(100 * done)}%`,
    `${ended}/${total}`,
    finished ? `finished in ${formatDuration(elapsed)}` : formatDuration(Math.floor(elapsed)),
    ...(finished ? [] : [`ETA ${remaining === null ? '…' : formatEstimate(remaining)}`]),
    ...(perMinute === null ? [] : [`${formatNumber(perMinute, 2)}/min`]),
    `${workers} ${workers === 1 ? 'worker' : 'workers'}`,
  ];
  while (facts.length > 2 && lineWidth(factLine(facts)) + shortestBar + 2 > width) facts.pop();
  const right = factLine(facts);
  const bar = progressBar(
    done,
    Math.min(longestBar, Math.max(1, width - lineWidth(right) - 2)),
    finished ? 'good' : 'accent',
  );
  return fitLine([span(' '), ...bar, ...right], width);
}

function factLine(facts: readonly string[]): Line {
  return facts.map((fact, index) => span(`  ${fact}`, index === 0 ? 'strong' : 'plain'));
}
