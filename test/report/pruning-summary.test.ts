/** What is told of early stopping, from trials and epochs in a real database. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openReader, openStore } from '../../db/index.js';
import { formatPruning } from '../../src/report/format-pruning.js';
import { summarizePruning, type PruningSummary } from '../../src/report/pruning-summary.js';
import type { Objective } from '../../src/sweep/store.js';
import { sampleCell, sampleDeclaration, sampleEpoch, sampleOrigin, sampleResult } from '../db/sample.js';
import { withTemporaryDirectory } from '../db/temporary-directory.js';

interface Told {
  /** (nfe, loss, accuracy) after each epoch. */
  readonly epochs: readonly (readonly [number, number, number?])[];
  readonly end: 'completed' | 'pruned' | 'failed';
  readonly sparedEpoch?: number;
}

const accuracy: Objective = { name: 'accuracy', goal: 'maximize' };

async function summaryOf(
  trials: readonly Told[],
  objectives: readonly Objective[] = sampleDeclaration.objectives,
): Promise<PruningSummary | null> {
  return withTemporaryDirectory(async (directory) => {
    const path = join(directory, 'sweeps.sqlite');
    const store = await openStore(path);
    const { id } = await store.openSweep({ ...sampleDeclaration, objectives });
    await store.addCells(
      id,
      trials.map((_, seed) => sampleCell({ seed, epochs: 4 })),
    );
    for (const [index, trial] of (await store.trials(id)).entries()) {
      const { epochs, end, sparedEpoch } = trials[index];
      const attempt = await store.beginAttempt(trial.id, sampleOrigin);
      for (const [k, [nfe, testLoss, reached = null]] of epochs.entries()) {
        const metrics = sampleEpoch(k + 1, { nfe, testLoss, accuracy: reached, trainSeconds: 2, predictSeconds: 1 });
        await store.recordEpoch(attempt, metrics);
      }
      if (sparedEpoch !== undefined) await store.recordSpared(trial.id, sparedEpoch);
      const [nfe, loss, reached = null] = epochs[epochs.length - 1];
      const reason = { code: 'median', message: 'worse', epoch: epochs.length };
      const result = { ...sampleResult, nfe, loss, accuracy: reached, epochs: epochs.length };
      await store.finishAttempt(
        attempt,
        end === 'completed' ? { state: end, result, modelFile: null } : { state: end, reason },
      );
    }
    await store.close();
    const reader = await openReader(path);
    try {
      return await summarizePruning(reader, await reader.sweep(sampleDeclaration.name));
    } finally {
      await reader.close();
    }
  });
}

/** Loss ends at a tenth of that after the first epoch, at twice the NFE. */
const improving: Told = { end: 'completed', epochs: [[50, 10], [70, 5], [90, 2], [100, 1]] }; // prettier-ignore
/** Loss halves, at the same NFE. */
const slow: Told = { end: 'completed', epochs: [[60, 8], [60, 6], [60, 5], [60, 4]] }; // prettier-ignore
const stopped = (...epochs: Told['epochs'][number][]): Told => ({ end: 'pruned', epochs });

describe('What is told of early stopping', () => {
  it('is nothing where nothing was stopped or spared', async () => {
    expect(await summaryOf([improving, slow, { end: 'failed', epochs: [[1, 1]] }])).toBeNull();
  });

  it('counts epochs and seconds that were left, and expects what could have been on the frontier', async () => {
    const summary = await summaryOf([improving, slow, stopped([70, 8]), stopped([70, 11]), stopped([70, 9], [80, 7])]);
    expect(summary).toEqual({
      stopped: 3,
      trials: 5,
      epochsSaved: 3 + 3 + 2,
      epochsPlanned: 20,
      secondsSaved: 3 * 8,
      examined: 3,
      // (70, 8) would end at (140, 0.8), undominated, or at (70, 4). The last goes on from epoch 2: to (114, 1.4) or (80, 4.7).
      expectedMissed: 0.5,
      likeliestMissed: [{ trial: 3, chance: 0.5 }],
      spared: 0,
      sparedOnFrontier: 0,
    });
    expect(formatPruning(summary ?? expect.fail())).toEqual([
      'Early stopping ended 3 of 5 trials: 8 of 20 epochs saved, about 24s of training.',
      'Continued as the completed trials went on, 0.5 of them would be on the frontier; likeliest #3 (50%).',
    ]);
  });

  it('counts how many spared trials ended on the frontier', async () => {
    const spared = { ...slow, sparedEpoch: 2 };
    const worse: Told = { end: 'completed', sparedEpoch: 1, epochs: [[200, 20], [200, 20], [200, 20], [200, 20]] }; // prettier-ignore
    const summary = await summaryOf([improving, spared, worse]);
    expect(summary).toMatchObject({ stopped: 0, spared: 2, sparedOnFrontier: 1, expectedMissed: null });
    expect(formatPruning(summary ?? expect.fail())).toEqual([
      'Early stopping ended 0 of 3 trials: 0 of 12 epochs saved, about 0s of training.',
      'Of 2 spared trials that the rule would have stopped, 1 ended on the frontier.',
    ]);
  });

  it('says that nothing can be said where no trial went on from there', async () => {
    const summary = await summaryOf([stopped([70, 8]), { end: 'failed', epochs: [[1, 1]] }]);
    expect(summary).toMatchObject({ expectedMissed: null, epochsSaved: 3 });
    expect(formatPruning(summary ?? expect.fail()).at(-1)).toContain('cannot be said');
  });

  it('continues an accuracy by its error, which stays below 1', async () => {
    const learned: Told = { end: 'completed', epochs: [[50, 1, 0.5], [50, 1, 0.6], [50, 1, 0.8], [50, 1, 0.9]] }; // prettier-ignore
    const objectives: readonly Objective[] = [{ name: 'nfe', goal: 'minimize' }, accuracy];
    // The error falls to a fifth: from 0.6 to 0.12, which is worse than 0.1 at the same NFE; from 0.4 to 0.08.
    const summary = await summaryOf([learned, stopped([50, 1, 0.4]), stopped([50, 1, 0.6])], objectives);
    expect(summary).toMatchObject({ expectedMissed: 1, likeliestMissed: [{ trial: 3, chance: 1 }] });
  });
});
