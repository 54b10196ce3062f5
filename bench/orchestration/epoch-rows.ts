/** How many epochs a second reach the database while four other processes read it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { measureSweep, withFolder } from './measured-sweep.js';

export interface EpochFigures {
  readonly rows: number;
  readonly readers: number;
  readonly rowsPerSecond: number;
  /** Times that the readers looked, together. */
  readonly looks: number;
}

const readers = 4;
const [trials, epochs] = [16, 2500];

/** @throws Error if a reader or the run meets one, such as "database is locked" */
export function measureEpochRows(): Promise<EpochFigures> {
  return withFolder(async (folder) => {
    const database = join(folder, 'epochs.sqlite');
    // They read before, during and after the run: a small one makes the file.
    await measureSweep(database, { trials: 1, workers: 1, epochs: 1 });
    const reading = await Promise.all(Array.from({ length: readers }, () => startReader(database)));
    const seconds = await measureSweep(database, { trials, workers: 2, epochs });
    const looks = await Promise.all(reading.map((reader) => reader.end()));
    const rows = trials * epochs;
    return { rows, readers, rowsPerSecond: rows / seconds, looks: looks.reduce((sum, count) => sum + count, 0) };
  });
}

async function startReader(database: string): Promise<{ readonly end: () => Promise<number> }> {
  const file = fileURLToPath(new URL('polling-reader.js', import.meta.url));
  const child = spawn(process.execPath, [file, database], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const closed = once(child, 'close');
  await lines.next();
  return {
    end: async () => {
      child.stdin.end();
      const looks = await lines.next();
      const [code] = (await closed) as [number];
      if (code !== 0) throw new Error(`A reader ended with ${code}.`);
      return Number(looks.value);
    },
  };
}
