/**
 * A run of the built bin that is killed at a moment, with everything that it started.
 *
 * Every process of a run carries a mark in its environment, so that one which outlives the run is found
 * whatever its group and parent (Linux; elsewhere nothing is looked for).
 */
import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import {
  startSweepProcess,
  type Ended,
  type SweepProcess,
  type SweepProcessOptions,
} from '../commands/sweep-process.js';

const mark = 'PARETODE_TEST_RUN';

/** How long a process may outlive the one that is to take it along. */
const patienceMilliseconds = 20_000;

export interface Moment {
  /** Lines of events before it; 0: the start of the process. */
  readonly lines: number;
  /** After them. */
  readonly milliseconds: number;
}

export interface ToldEvent {
  readonly event: string;
  readonly trial?: number;
  readonly [field: string]: unknown;
}

export interface Told extends Ended {
  /** Without the line that the kill cut off. */
  readonly events: readonly ToldEvent[];
}

export interface Victim extends SweepProcess {
  /** @throws Error if a process of the run outlives it */
  readonly ended: Promise<Told>;
}

/** `sweep run … --json` in a process group of its own. */
export function startVictim(args: readonly string[], options: SweepProcessOptions = {}): Victim {
  const id = randomUUID();
  const run = startSweepProcess(['run', ...args, '--json'], {
    ...options,
    ownGroup: true,
    environment: { ...options.environment, [mark]: id },
  });
  const ended = run.ended.then(async (how) => {
    await expectNobodyLeft(id);
    return { ...how, events: eventsOf(how.stdout) };
  });
  return { ...run, ended };
}

/** Runs until the moment, or to the end if that comes first. */
export async function runVictim(
  args: readonly string[],
  moment: Moment | null,
  options: SweepProcessOptions = {},
): Promise<Told> {
  const run = startVictim(args, options);
  if (moment !== null) {
    const over = new AbortController();
    const stopWaiting = (): void => over.abort();
    run.ended.then(stopWaiting, stopWaiting);
    // The run may end before.
    await run.until(({ stdout }) => countLines(stdout) >= moment.lines).catch(() => undefined);
    await pause(moment.milliseconds, null, { signal: over.signal }).catch(() => undefined);
    run.kill('SIGKILL');
  }
  return run.ended;
}

export function eventsOf(stdout: string): readonly ToldEvent[] {
  const lines = stdout.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as ToldEvent);
}

function countLines(text: string): number {
  return text.split('\n').length - 1;
}

async function expectNobodyLeft(id: string): Promise<void> {
  const since = performance.now();
  for (;;) {
    const left = await marked(id);
    if (left.length === 0) return;
    if (performance.now() - since > patienceMilliseconds) {
      throw new Error(`Processes ${left.join(', ')} outlive the run that started them.`);
    }
    await pause(20);
  }
}

/** Processes with this mark; one that has ended and waits for its parent has no environment any more. */
async function marked(id: string): Promise<readonly string[]> {
  if (process.platform !== 'linux') return [];
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    processes.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
      return environment.includes(`${mark}=${id}`) ? [pid] : [];
    }),
  );
  return found.flat();
}
