import { defineConfig } from 'vitest/config';
import { gpuEnvironment } from './test/engines/software-gpu.js';

const env = gpuEnvironment();

/** `fast` is `npm test`; `slow` (kills, long training) is `npm run test:slow`. Both run real parts. */
export default defineConfig({
  test: {
    projects: [
      // The dashboard loads React's production build, as it does for users: JSX must not call the other one.
      {
        oxc: { jsx: { development: false } },
        test: {
          name: 'fast',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: ['test/slow/**'],
          testTimeout: 30_000,
          env,
        },
      },
      {
        test: { name: 'slow', include: ['test/slow/**/*.test.ts'], testTimeout: 900_000, fileParallelism: false, env },
      },
    ],
  },
});
