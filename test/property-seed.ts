/**
 * Properties draw the same examples each time, so that a suite that was green stays green until the code changes. To look
 * for rarer examples, give other seeds: `PROPERTY_SEED=7 npx vitest run --project fast`. A test that names a seed keeps it.
 */
import fc from 'fast-check';

const seed = Number(process.env.PROPERTY_SEED ?? 2021);
if (!Number.isInteger(seed)) throw new Error(`PROPERTY_SEED takes an integer, not ${process.env.PROPERTY_SEED}.`);
fc.configureGlobal({ seed });
