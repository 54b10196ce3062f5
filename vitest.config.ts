import { defineConfig } from 'vitest/config';

/** `fast` is `npm test`; `slow` (kills, long training) is `npm run test:slow`. Both run real parts. */
export default defineConfig({
  test: {
    projects: [
      { test: { name: 'fast', include: ['test/**/*.test.{ts,tsx}'], exclude: ['test/slow/**'], testTimeout: 30_000 } },
      { test: { name: 'slow', include: ['test/slow/**/*.test.ts'], testTimeout: 900_000, fileParallelism: false } },
    ],
  },
});
