/** Everything known about one trial: parameters, outcome, environment, curves. */
import { displayWidth, singleLine } from '../report/display-width.js';
import { formatDuration } from '../report/format-duration.js';
import { engineText } from '../report/engine-text.js';
import { formatNumber } from '../report/format-number.js';
import type { TrialView } from '../sweep/monitor/monitor-trial.js';
import type { OwnMetrics } from '../training/trial.js';
import { plotCurve } from './curve-plot.js';
import { gutter } from './layout.js';
import { fitLine, span, wrapText, type Line, type Tone } from './styled-line.js';
import { stateTones } from './theme.js';
import { elapsedSeconds, parameterText, percentText } from './trial-figures.js';

const tallestCurve = 12;
const shortestCurve = 6;
/** Narrowest curve, in columns. */
const narrowest = 22;
const labelWidth = 10;

/**
 * As many lines as it takes, what changes first; the curves get the height that is left of `size`.
 * @param evaluations settings that its model was solved by beside its own
 */
export function renderDetails(
  trial: TrialView,
  axes: readonly string[],
  evaluations: number,
  now: number,
  size: { readonly width: number; readonly height: number },
): readonly Line[] {
  const { width } = size;
  const fixed = Object.keys(trial.cell.parameters).filter((name) => !axes.includes(name));
  const head = [
    stateLine(trial, elapsedSeconds(trial, now)),
    ...reasonLines(trial, width),
    ...noteLines(trial, width),
    ...resultLines(trial, width),
    ...evaluatedLines(evaluations, width),
    ...pairLines('axes', pairs(trial, axes), width, 'strong'),
  ];
  const tail = [...pairLines('fixed', pairs(trial, fixed), width, 'faint'), ...environmentLines(trial, width)];
  const curves = curveLines(trial, width, size.height - head.length - tail.length);
  return [...head, ...curves, ...tail];
}

/** The two curves side by side, or one above the other where the pane is narrow. */
function curveLines(trial: TrialView, width: number, free: number): readonly Line[] {
  const beside = width >= narrowest * 2 + gutter;
  const own = beside ? Math.floor((width - gutter) / 2) : width;
  const height = Math.max(shortestCurve, Math.min(tallestCurve, (beside ? free : Math.floor(free / 2)) - 1));
  const loss = curve('test loss by epoch', plotCurve(trial.curve.points('loss'), 'accent', { width: own - 1, height }));
  const nfe = curve('nfe by epoch', plotCurve(trial.curve.points('nfe'), 'warning', { width: own - 1, height }));
  if (!beside) return [...loss, ...nfe];
  return loss.map((line, row) => [...fitLine(line, own), span(' '.repeat(gutter)), ...(nfe[row] ?? [])]);
}

function curve(title: string, lines: readonly Line[]): readonly Line[] {
  return lines.length === 0 ? [] : [[span(` ${title}`, 'faint')], ...lines];
}

function stateLine(trial: TrialView, elapsed: number | null): Line {
  const { progress } = trial;
  const facts = [
    ...(trial.attempt > 1 ? [`attempt ${trial.attempt}`] : []),
    ...(trial.resumedEpoch > 0 ? [`from its checkpoint after epoch ${trial.resumedEpoch}`] : []),
    ...(trial.state === 'running' && progress !== null ? [`epoch ${progress.epoch} of ${progress.epochs}`] : []),
    ...(elapsed === null ? [] : [formatDuration(elapsed)]),
  ];
  return [
    span(` ${trial.state.replace('_', ' ')}`, stateTones[trial.state]),
    span(facts.map((fact) => `  ${fact}`).join('')),
  ];
}

function reasonLines({ reason, state }: TrialView, width: number): readonly Line[] {
  if (reason === null) return [];
  const where =
    reason.epoch === undefined
      ? ''
      : ` (epoch ${reason.epoch}${reason.iteration === undefined ? '' : `, iteration ${reason.iteration}`})`;
  return labelled(
    'reason',
    wrapText(singleLine(`${reason.code}: ${reason.message}${where}`), width - labelWidth - 1),
    stateTones[state],
  );
}

function noteLines({ note }: TrialView, width: number): readonly Line[] {
  if (note === null) return [];
  return labelled('note', wrapText(singleLine(note), width - labelWidth - 1), 'plain');
}

function resultLines({ result, latest }: TrialView, width: number): readonly Line[] {
  if (result !== null) {
    const texts = [
      ...known('nfe', result.nfe),
      ...known('loss', result.loss),
      ...(result.accuracy === null ? [] : [`accuracy ${percentText(result.accuracy)}%`]),
      ...known('train loss', result.trainLoss),
      ...known('train', result.trainSeconds, formatDuration),
      ...known('predict', result.predictSeconds, formatDuration),
      ...ownTexts(result.metrics),
    ];
    return pairLines('result', texts, width, 'plain');
  }
  if (latest === null) return [];
  const texts = [
    ...known('nfe', latest.nfe),
    ...known('loss', latest.testLoss),
    ...(latest.accuracy === null ? [] : [`accuracy ${percentText(latest.accuracy)}%`]),
    ...known('train loss', latest.trainLoss),
    ...known('steps', latest.accepted),
    ...known('rejected', latest.rejected),
    ...ownTexts(latest.metrics),
  ];
  return pairLines(`epoch ${latest.epoch}`, texts, width, 'plain');
}

function evaluatedLines(settings: number, width: number): readonly Line[] {
  if (settings === 0) return [];
  const texts = [`by ${settings} other ${settings === 1 ? 'setting' : 'settings'}`, '(listed by sweep show)'];
  return pairLines('evaluated', texts, width, 'plain');
}

function environmentLines({ environment }: TrialView, width: number): readonly Line[] {
  if (environment === null) return [];
  const texts = [
    engineText(environment),
    environment.device,
    ...known('trainable parameters', environment.modelParameters),
  ];
  return pairLines('engine', texts.map(singleLine), width, 'faint');
}

/** A figure with its name, where there is one. */
function known(name: string, value: number | null, text = (figure: number) => formatNumber(figure)): readonly string[] {
  return value === null ? [] : [`${name} ${text(value)}`];
}

function ownTexts(metrics: OwnMetrics = {}): readonly string[] {
  return Object.entries(metrics).map(([name, value]) => `${singleLine(name)} ${formatNumber(value)}`);
}

function pairs({ cell: { parameters } }: TrialView, names: readonly string[]): readonly string[] {
  return names.map((name) => `${name}=${parameterText(parameters, name)}`);
}

/** Short texts side by side, none of them broken where it fits into a line. */
function pairLines(label: string, texts: readonly string[], width: number, tone: Tone): readonly Line[] {
  if (texts.length === 0) return [];
  const room = width - labelWidth - 1;
  const lines: string[] = [];
  for (const text of texts) {
    const last = lines.at(-1);
    if (last !== undefined && displayWidth(last) + 2 + displayWidth(text) <= room)
      lines[lines.length - 1] = `${last}  ${text}`;
    else lines.push(text);
  }
  return labelled(label, lines, tone);
}

function labelled(label: string, texts: readonly string[], tone: Tone): readonly Line[] {
  return texts.map((text, index) => [
    span(` ${(index === 0 ? label : '').padEnd(labelWidth)}`, 'faint'),
    span(text, tone),
  ]);
}
