import { test } from 'vitest';
import { expectAnyKillPatternToBeHarmless } from '../chaos/kill-patterns.js';

test('many kill patterns: each cell completes exactly once, with the table of an undisturbed run', async () => {
  await expectAnyKillPatternToBeHarmless(150);
});
