import fc from 'fast-check';
import { expect, test } from 'vitest';
import { repeatedLosses, type PastAttempt } from '../../src/sweep/coordinator/repeated-losses.js';

const lost = (epochs = 0): PastAttempt => ({ state: 'lost', epochs });

test.each<[string, readonly PastAttempt[], number]>([
  ['no attempt at all', [], 0],
  ['one that died at once', [lost()], 1],
  ['three that died at once', [lost(), lost(), lost()], 3],
  ['one that died after its first epochs', [lost(3)], 0],
  ['a trial that crashes after three epochs each time', [lost(3), lost(3), lost(3)], 2],
  ['a long trial that gets on from its checkpoints', [lost(10), lost(25), lost(60), lost(61)], 0],
  ['one that gets on no more', [lost(10), lost(25), lost(25), lost(20)], 2],
  ['one that someone stopped in between', [lost(), lost(), { state: 'interrupted', epochs: 0 }], 0],
  ['one that failed and that someone asked for again', [lost(), lost(), { state: 'failed', epochs: 0 }, lost()], 1],
])('%s', (_, attempts, losses) => {
  expect(repeatedLosses(attempts)).toBe(losses);
});

const anyAttempt = fc.record({
  state: fc.constantFrom<PastAttempt['state'][]>('lost', 'interrupted', 'failed'),
  epochs: fc.nat(5),
});

test('whatever was before: an attempt that got on, or was not lost, clears the trial', () => {
  fc.assert(
    fc.property(fc.array(anyAttempt), anyAttempt, (before, latest) => {
      const gotOn = latest.epochs > (before.at(-1)?.epochs ?? 0);
      const clears = gotOn || latest.state !== 'lost';
      expect(repeatedLosses([...before, latest])).toBe(clears ? 0 : repeatedLosses(before) + 1);
    }),
  );
});
