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
}

/** Every library is measured at least so often, however long it takes. */
const FEWEST_REPEATS = 3;

export async function measureCell(
  problem: Problem,
  libraries: readonly Library[],
  options: CellOptions,
): Promise<Cell> {
  const { threads } = options;
  const participants = libraries.map((library) => new Participant(library, threads));
  try {
    const prepared: Prepared[] = [];
    for (const participant of participants) prepared.push(await participant.prepare(problem));
    const repeats = await alternate(participants, options);
    const entries: Entry[] = [];
    for (const [k, participant] of participants.entries()) {
      const { name, side } = participant.library;
      const milliseconds = repeats[k]
        .map(({ seconds }) => (1000 * seconds) / problem.iterations)
        .toSorted((a, b) => a - b);
      entries.push({
        library: name,
        side,
        versions: prepared[k].versions,
        setting: prepared[k].setting,
        repeats: milliseconds.length,
        minimum: milliseconds[0],
        median: milliseconds[Math.floor(milliseconds.length / 2)],
        loss: repeats[k][0].loss,
        ...(await participant.figures()),
        moments: problem.kind === 'sde' && options.paths > 0 ? await participant.moments(options.paths) : null,
      });
    }
    return { problem: problem.name, kind: problem.kind, threads, iterations: problem.iterations, entries };
  } finally {
    for (const participant of participants) participant.stop();
  }
}

/** Rounds of one repeat each; who has used up its share of the time leaves them. */
async function alternate(participants: readonly Participant[], { seconds, repeats }: CellOptions): Promise<Repeat[][]> {
  const measured: Repeat[][] = participants.map(() => []);
  const share = seconds / participants.length;
  const used = participants.map(() => 0);
  for (let round = 0; round < repeats; round += 1) {
    for (const [k, participant] of participants.entries()) {
      if (round >= FEWEST_REPEATS && used[k] > share) continue;
      const repeat = await participant.repeat();
      measured[k].push(repeat);
      used[k] += repeat.seconds;
    }
  }
  return measured;
}
