/** The results as Markdown. */
import type { Cell, Entry } from './cell.js';
import { machineInWords } from './machine.js';
import type { Results } from './results.js';

type Row = readonly string[];

export function resultsInMarkdown(results: Results): string {
  const { machine, pinned, absent, cells, disagreements, worker, sweep, overhead } = results;
  const versions = Object.entries(versionsOf(cells)).map(([name, version]) => `${name} ${version}`);
  const threads = [...new Set(cells.map((cell) => cell.threads))];
  const parts = [
    `Machine: ${machineInWords(machine)}${pinned ? '' : ' (processes not pinned to cores)'}. ${versions.join(', ')}.`,
    ...absent.map((reason) => `Did not start here: ${reason}`),
    ...cells.flatMap(({ problem, failures }) =>
      failures.map((reason) => `**Failed** on ${problem}: ${firstLine(reason)}`),
    ),
    ...disagreements.map((sentence) => `**Not the same work:** ${sentence}`),
    ...threads.flatMap((count) => [
      `Milliseconds a training iteration, minimum / median of alternating repeats, ${threadsInWords(count)}:`,
      timesTable(cells.filter((cell) => cell.threads === count)),
    ]),
    ...stochasticPart(cells),
    ...(cells.length === 0
      ? []
      : ['The work of the first iteration, the loss of the last, and peak memory:', workTable(cells)]),
    ...(sweep === null ? [] : [`16 trials of 100 iterations of spiral-node-b64, 2 workers:`, sweepTable(sweep)]),
    ...(overhead === null
      ? []
      : [
          `The orchestrator's own cost: ${overhead.millisecondsPerTrial.toFixed(1)} ms a trial over ${overhead.trials} trials that ` +
            `compute next to nothing, and ${overhead.startSeconds.toFixed(1)} s a run.`,
        ]),
    ...(worker === null ? [] : [workerInWords(worker)]),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** Ours ÷ the fastest peer, by minimum; null where one side is missing. */
export function bestRatio(entries: readonly Entry[], cost: (entry: Entry) => number): number | null {
  const best = (side: Entry['side']): number => Math.min(...entries.filter((entry) => entry.side === side).map(cost));
  const ratio = best('ours') / best('peer');
  return Number.isFinite(ratio) && ratio > 0 ? ratio : null;
}

function timesTable(cells: readonly Cell[]): string {
  const names = librariesOf(cells);
  const rows = cells.map(({ problem, entries }) => [
    problem,
    ...names.map((name) => {
      const entry = entries.find(({ library }) => library === name);
      return entry === undefined ? '' : `${digits(entry.minimum)} / ${digits(entry.median)}`;
    }),
    ratioText(bestRatio(entries, ({ minimum }) => minimum)),
  ]);
  return table(['problem', ...names, 'best of ours ÷ best peer'], rows);
}

function stochasticPart(cells: readonly Cell[]): string[] {
  const stochastic = cells.filter(({ kind }) => kind === 'sde');
  if (stochastic.length === 0) return [];
  const names = librariesOf(stochastic);
  const perEvaluation = ({ minimum, nfe, diffusionNfe }: Entry): number => (1000 * minimum) / (nfe + diffusionNfe);
  const rows = stochastic.map(({ problem, threads, entries }) => [
    problem,
    String(threads),
    ...names.map((name) => {
      const entry = entries.find(({ library }) => library === name);
      return entry === undefined ? '' : digits(perEvaluation(entry));
    }),
    ratioText(bestRatio(entries, perEvaluation)),
  ]);
  const caption =
    'Stochastic problems: microseconds of a whole iteration for each forward evaluation of drift or diffusion, as the ' +
    'methods differ in how many they make:';
  return [caption, table(['problem', 'threads', ...names, 'best of ours ÷ best peer'], rows)];
}

function workTable(cells: readonly Cell[]): string {
  const rows = cells.flatMap(({ problem, threads, entries, iterations }) =>
    entries.map((entry) => [
      problem,
      String(threads),
      `${entry.library} (${entry.setting})`,
      entry.diffusionNfe > 0 ? `${entry.nfe} + ${entry.diffusionNfe}` : String(entry.nfe),
      entry.backwardNfe === null ? 'not told' : String(entry.backwardNfe),
      String(entry.attempts),
      `${entry.loss.toPrecision(6)} after ${iterations}`,
      String(Math.round(entry.peakMegabytes)),
      String(entry.repeats),
    ]),
  );
  const columns = ['NFE', 'repeated or pulled back', 'attempts', 'loss', 'MB', 'repeats'];
  return table(['problem', 'threads', 'library', ...columns], rows);
}

function sweepTable(entries: NonNullable<Results['sweep']>): string {
  const hourly = ({ trials, seconds }: (typeof entries)[number]): number => (3600 * trials) / seconds;
  const [ours] = entries;
  const rows = entries.map((entry) => [
    entry.name,
    entry.seconds.toFixed(1),
    String(Math.round(hourly(entry))),
    entry.meanNfe.toFixed(1),
    entry === ours ? '' : `${(hourly(ours) / hourly(entry)).toFixed(1)} ×`,
  ]);
  return table(['', 'seconds', 'trials an hour', 'mean NFE of a solve', 'ours is faster by'], rows);
}

function workerInWords({ startMilliseconds, peakMegabytes, solve }: NonNullable<Results['worker']>): string {
  const [least, largest] = startMilliseconds.map((value) => Math.round(value));
  return (
    `One worker on \`kernels\`: the engine starts in ${least}–${largest} ms; training mnist-node takes ` +
    `${Math.round(peakMegabytes)} MB at most; its forward solve takes ${solve.solveMilliseconds.toFixed(0)} ms, of which its ` +
    `matrix products alone would take ${solve.productsMilliseconds.toFixed(0)} ms (${solve.gigaflops.toFixed(1)} GFLOP/s): ` +
    `${Math.round(100 * solve.share)} %.`
  );
}

function librariesOf(cells: readonly Cell[]): readonly string[] {
  return [...new Set(cells.flatMap(({ entries }) => entries.map(({ library }) => library)))];
}

function versionsOf(cells: readonly Cell[]): Readonly<Record<string, string>> {
  return Object.assign({}, ...cells.flatMap(({ entries }) => entries.map(({ versions }) => versions))) as Record<
    string,
    string
  >;
}

function threadsInWords(count: number): string {
  return count === 1 ? 'one thread' : `${count} threads`;
}

function ratioText(ratio: number | null): string {
  return ratio === null ? '' : ratio.toFixed(2);
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0];
}

/** Three significant digits, without an exponent. */
function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function table(columns: Row, rows: readonly Row[]): string {
  const line = (cells: Row): string => `| ${cells.join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}
