import { defineConfig } from 'vitest/config';
import { gpuEnvironment } from './test/engines/software-gpu.js';

const env = gpuEnvironment();
/** A look may itself be a process that starts, on a machine with other work: what comes at all comes in this time. */
const expect = { poll: { timeout: 20_000 } };

/** `fast` is `npm test`; `slow` (kills, long training) is `npm run test:slow`. Both run real parts. */
export default defineConfig({
  test: {
    projects: [
      // The dashboard loads React's production build, as it does for users: JSX must not call the other one.
      {
        oxc: { jsx: { development: false } },
        test: {
          name: 'fast',
          setupFiles: 'test/property-seed.ts',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: ['test/slow/**'],
          testTimeout: 120_000,
          expect,
          env,
        },
      },
      {
        test: {
          name: 'slow',
          setupFiles: 'test/property-seed.ts',
          include: ['test/slow/**/*.test.ts'],
          testTimeout: 900_000,
          fileParallelism: false,
          expect,
          env,
        },
      },
    ],
  },
});
