/**
 * Any number of workers × any pattern of kills: the real coordinator with a real database and real threads is disturbed
 * run after run, then left alone.
 *
 * A run is disturbed after any number of its events: told to drain, to abort or to pause for a moment, or its database is
 * taken away. Beside that threads die, in any trials. Nobody cancels a trial: a person's wish is a result.
 */
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect } from 'vitest';
import { withTemporaryDirectory } from '../db/temporary-directory.js';
import { cellsOf, inDatabase, runFixture, table } from '../sweep/fixture-sweep.js';
import { attemptStates } from './evidence.js';

const cellCount = 6;
const numbers = Array.from({ length: cellCount }, (_, index) => index + 1);

interface Disturbance {
  readonly kind: 'drain' | 'abort' | 'close the store' | 'pause';
  /** Events of the run before it. */
  readonly after: number;
  readonly workers: number;
}

const workerCount = fc.integer({ min: 1, max: 5 });

const disturbance: fc.Arbitrary<Disturbance> = fc.record({
  kind: fc.constantFrom('drain', 'abort', 'close the store', 'pause'),
  after: fc.nat(6 * cellCount),
  workers: workerCount,
});

/** @param patterns how many are tried */
export async function expectAnyKillPatternToBeHarmless(patterns: number): Promise<void> {
  await withTemporaryDirectory(async (directory) => {
    const marks = join(directory, 'marks');
    // The marks say which trials still have to die; without one they are all the same to the sweep.
    const markOf = (number: number): string => join(marks, String(number));
    const cells = cellsOf(
      ...numbers.map((number) => ({ behaviour: 'die-once', mark: markOf(number), epochs: 1 + (number % 3), pause: 1 })),
    );
    const condemn = async (dying: readonly number[]): Promise<void> => {
      await rm(marks, { recursive: true, force: true });
      await mkdir(marks);
      for (const number of numbers) if (!dying.includes(number)) await writeFile(markOf(number), '');
    };

    const run = async (database: string, workers: number, disturbed?: Disturbance): Promise<readonly number[]> => {
      const completed: number[] = [];
      let events = 0;
      const { error } = await runFixture({
        database,
        cells,
        workers,
        retryPolicy: { maxRetries: 1, reasons: ['worker_exit'], backoffSeconds: 0.001 },
        listen: (event, sweep, store) => {
          if (event.kind === 'trial-completed') completed.push(event.trial);
          if (events++ !== disturbed?.after) return;
          if (disturbed.kind === 'close the store') void store.close();
          else if (disturbed.kind === 'pause') {
            sweep.pause(true);
            setTimeout(() => sweep.pause(false), 5);
          } else sweep.stop(disturbed.kind);
        },
      });
      // The run may have ended before.
      if (disturbed?.kind === 'close the store') expect(error ?? closed).toMatchObject({ message: closed.message });
      else expect(error).toBeUndefined();
      return completed;
    };

    await condemn([]);
    const undisturbed = await inDatabase(async (database) => {
      expect((await run(database, 1)).length).toBe(cellCount);
      return table(database);
    });

    await fc.assert(
      fc.asyncProperty(
        fc.array(disturbance, { maxLength: 4 }),
        fc.subarray(numbers),
        workerCount,
        (pattern, dying, workers) =>
          inDatabase(async (database) => {
            await condemn(dying);
            const completed: number[] = [];
            for (const each of pattern) completed.push(...(await run(database, each.workers, each)));
            completed.push(...(await run(database, workers)));
            // Twice told would be twice run; a store that closes may keep the news of one that it has stored.
            expect(new Set(completed).size).toBe(completed.length);
            expect(dying.every((number) => existsSync(markOf(number)))).toBe(true);
            expect(table(database)).toEqual(undisturbed);
            expect(attemptStates(database)).toMatchObject({ completed: cellCount });
          }),
      ),
      { numRuns: patterns },
    );
  });
}

const closed = { message: 'The store is closed.' };
