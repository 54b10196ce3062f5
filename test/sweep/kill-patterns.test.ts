import { test } from 'vitest';
import { expectAnyKillPatternToBeHarmless } from '../chaos/kill-patterns.js';

test('any workers, any kills: each cell completes exactly once, with the table of an undisturbed run', async () => {
  await expectAnyKillPatternToBeHarmless(8);
}, 60_000);
