/** What one run of these benches measured, and the table that shows it. */
import { machineInWords, type Machine } from '../machine.js';
import type { EpochFigures } from './epoch-rows.js';
import type { MemoryFigures } from './resident-memory.js';
import type { StartFigures } from './start-up.js';
import type { StoredFigures } from './stored-sweep.js';

/** Parts that were not asked for are missing. */
export interface OrchestrationFigures {
  readonly machine: Machine;
  readonly workers: number;
  readonly start?: StartFigures;
  /** Trials that do nothing and keep no model, of one sweep of 10,000. */
  readonly trialsPerSecond?: number;
  /** The same with a model file each, of one sweep of 1,000. */
  readonly modelsPerSecond?: number;
  readonly epochs?: EpochFigures;
  readonly memory?: MemoryFigures;
  readonly stored?: StoredFigures;
  /** Wall time of 1,000 trials that sleep for a second on 16 workers, which is 63 rounds at best. */
  readonly sleepingSeconds?: number;
}

type Row = readonly [what: string, measured: string, goal: string];

export function figuresInMarkdown(figures: OrchestrationFigures): string {
  const rows = [...throughputRows(figures), ...storedRows(figures), ...startRows(figures)];
  const lines = [['', 'measured', 'goal'], ['---', '---', '---'], ...rows].map((row) => `| ${row.join(' | ')} |`);
  return `Machine: ${machineInWords(figures.machine)}.\n\n${lines.join('\n')}\n`;
}

function throughputRows(figures: OrchestrationFigures): readonly Row[] {
  const { workers, trialsPerSecond, modelsPerSecond, epochs, memory, sleepingSeconds } = figures;
  const rows: Row[] = [];
  if (trialsPerSecond !== undefined) {
    rows.push([`trials a second that do nothing, ${workers} workers`, whole(trialsPerSecond), '≥ 2,000']);
  }
  if (modelsPerSecond !== undefined)
    rows.push(['the same, each with a model file synced to the disk', whole(modelsPerSecond), '']);
  if (sleepingSeconds !== undefined) {
    const over = (least: number): string => `${((100 * (sleepingSeconds - least)) / least).toFixed(2)} %`;
    const measured = `${sleepingSeconds.toFixed(2)} s: ${over(62.5)} over 62.5 s, ${over(63)} over the 63 s of whole rounds`;
    rows.push(['1,000 trials that sleep 1 s, 16 workers', measured, '≤ 1 %']);
  }
  if (epochs !== undefined) {
    const what = `epochs a second from ${workers} workers, ${epochs.readers} processes reading (${whole(epochs.looks)} looks)`;
    rows.push([what, whole(epochs.rowsPerSecond), '≥ 5,000']);
  }
  if (memory !== undefined) {
    const { trials, atTenth, atEnd, highest } = memory;
    const measured = `${(atEnd - atTenth).toFixed(1)} MB (${whole(atTenth)} → ${whole(atEnd)} MB, at most ${whole(highest)})`;
    rows.push([`growth of resident memory from trial ${whole(trials / 10)} to ${whole(trials)}`, measured, '< 30 MB']);
  }
  return rows;
}

function storedRows({ stored }: OrchestrationFigures): readonly Row[] {
  if (stored === undefined) return [];
  const { trials, databaseMegabytes, planSeconds, resumeSeconds, finishedSeconds } = stored;
  const { firstFrameSeconds, dashboardSeconds } = stored;
  const what = `${whole(trials)} trials stored (${databaseMegabytes} MB)`;
  return [
    [`${what}: \`sweep plan\``, seconds(planSeconds), '< 1 s'],
    [`${what}: \`sweep run\` until the one trial left starts`, seconds(resumeSeconds), '< 1 s'],
    [`${what}: \`sweep run\` that finds nothing left`, seconds(finishedSeconds), ''],
    ...(firstFrameSeconds === null
      ? []
      : [[`${what}: first frame of the dashboard, with their counts`, seconds(firstFrameSeconds), '< 1 s'] as const]),
    ...(dashboardSeconds === null
      ? []
      : [[`${what}: first frame with all of them and their frontier`, seconds(dashboardSeconds), ''] as const]),
  ];
}

function startRows({ start }: OrchestrationFigures): readonly Row[] {
  if (start === undefined) return [];
  return [
    ['`sweep --help`', seconds(start.helpSeconds), ''],
    ['`sweep plan` of a small file', seconds(start.planSeconds), ''],
    ['`sweep run` of one trial that computes next to nothing', seconds(start.runSeconds), ''],
  ];
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function seconds(value: number): string {
  return `${value.toFixed(2)} s`;
}
