/** One problem at one number of threads: all libraries alternate, repeat by repeat, in processes of their own. */
import type { Moments } from './ours/moments.js';
import { Participant, type Figures, type Library, type Prepared, type Repeat } from './participant.js';
import type { Problem } from './problems/problem.js';

export interface CellOptions {
  readonly threads: number;
  /** Measured seconds that the libraries share. */
  readonly seconds: number;
  readonly repeats: number;
  /** Paths whose moments are compared; 0: none. */
  readonly paths: number;
}

export interface Entry extends Figures {
  readonly library: string;
  readonly side: Library['side'];
  readonly versions: Prepared['versions'];
  readonly setting: string;
  readonly repeats: number;
  /** Of one training iteration. */
  readonly minimum: number;
  readonly median: number;
  /** Of the last iteration of a repeat. */
  readonly loss: number;
  readonly moments: Moments | null;
}

export interface Cell {
  readonly problem: string;
  readonly kind: Problem['kind'];
  readonly threads: number;
  readonly iterations: number;
  readonly entries: readonly Entry[];
  /** Of libraries that failed, and why. */
  readonly failures: readonly string[];
}

/** Every library is measured at least so often, however long it takes. */
const FEWEST_REPEATS = 3;

/** A library that fails leaves the cell, with its reason; the others go on. */
export async function measureCell(
  problem: Problem,
  libraries: readonly Library[],
  options: CellOptions,
): Promise<Cell> {
  const { threads } = options;
  const runners = libraries.map((library) => new Runner(new Participant(library, threads)));
  try {
    for (const runner of runners) {
      await runner.attempt(async ({ participant }) => void (runner.prepared = await participant.prepare(problem)));
    }
    await alternate(runners, options);
    const entries: Entry[] = [];
    for (const runner of runners) {
      await runner.attempt(async () => void entries.push(await entryOf(runner, problem, options.paths)));
    }
    const failures = runners.flatMap(({ failure }) => failure ?? []);
    return { problem: problem.name, kind: problem.kind, threads, iterations: problem.iterations, entries, failures };
  } finally {
    for (const { participant } of runners) participant.stop();
  }
}

class Runner {
  readonly participant: Participant;
  readonly repeats: Repeat[] = [];
  prepared: Prepared = { versions: {}, setting: '' };
  /** Measured seconds so far. */
  used = 0;
  failure: string | null = null;

  constructor(participant: Participant) {
    this.participant = participant;
  }

  /** Nothing more is done with a library that has failed. */
  async attempt(work: (runner: Runner) => Promise<void>): Promise<void> {
    if (this.failure !== null) return;
    await work(this).catch((error: unknown) => {
      this.failure = error instanceof Error ? error.message : String(error);
    });
  }
}

async function entryOf({ participant, prepared, repeats }: Runner, problem: Problem, paths: number): Promise<Entry> {
  const milliseconds = repeats.map(({ seconds }) => (1000 * seconds) / problem.iterations).toSorted((a, b) => a - b);
  return {
    library: participant.library.name,
    side: participant.library.side,
    versions: prepared.versions,
    setting: prepared.setting,
    repeats: milliseconds.length,
    minimum: milliseconds[0],
    median: milliseconds[Math.floor(milliseconds.length / 2)],
    loss: repeats[0].loss,
    ...(await participant.figures()),
    moments: problem.kind === 'sde' && paths > 0 ? await participant.moments(paths) : null,
  };
}

/** Rounds of one repeat each; who has used up its share of the time leaves them. */
async function alternate(runners: readonly Runner[], { seconds, repeats }: CellOptions): Promise<void> {
  const share = seconds / runners.length;
  for (let round = 0; round < repeats; round += 1) {
    for (const runner of runners) {
      if (round >= FEWEST_REPEATS && runner.used > share) continue;
      await runner.attempt(async ({ participant }) => {
        const repeat = await participant.repeat();
        runner.repeats.push(repeat);
        runner.used += repeat.seconds;
      });
    }
  }
}
