import { describe, expect, it } from 'vitest';
import { parseDuration } from '../../../src/sweep/specification/duration.js';
import { complaint, read } from './read.js';

const limitsOf = (lines: string, overrides: readonly string[] = []) =>
  read(`task: spiral-node\n${lines}`, overrides).limits;

describe('limits of a sweep', () => {
  it('are none but the default retries and the give-up after five equal failures, if the file says nothing', () => {
    expect(limitsOf('')).toEqual({
      memoryMegabytes: null,
      timeoutSeconds: null,
      maxSeconds: null,
      checkpointSeconds: 30,
      retryPolicy: { maxRetries: 1, reasons: ['worker_exit', 'device_lost'], backoffSeconds: 1 },
      failureBudget: { kind: 'same', trials: 5 },
    });
  });

  it('are what the file or an override says', () => {
    const text = 'max_time: 8h\nfailure_budget: 10%\ntrial: { timeout: 1h30m, max_retries: 3, retry_on: [timeout] }';
    expect(limitsOf(text)).toMatchObject({
      timeoutSeconds: 5400,
      maxSeconds: 28_800,
      retryPolicy: { maxRetries: 3, reasons: ['timeout'] },
      failureBudget: { kind: 'share', fraction: 0.1 },
    });
    const overrides = ['trial.timeout=90', 'trial.checkpoint_every=5m', 'failure_budget=3', 'max_time=2.5m'];
    expect(limitsOf(text, overrides)).toMatchObject({
      timeoutSeconds: 90,
      checkpointSeconds: 300,
      maxSeconds: 150,
      failureBudget: { kind: 'count', trials: 3 },
    });
    expect(limitsOf('failure_budget: unlimited').failureBudget).toEqual({ kind: 'unlimited' });
  });

  it.each([
    [
      'trial: { timeout: soon }',
      'trial.timeout must be a length of time of at most 24 days: seconds, or 90s, 10m, 1h30m',
    ],
    ['trial: { timeout: 0 }', 'trial.timeout must be a length of time'],
    ['max_time: 25d', 'max_time must be a length of time of at most 24 days'],
    ['failure_budget: a few', 'failure_budget must be a whole number of trials, a share such as 10%, or unlimited'],
    ['failure_budget: 110%', 'failure_budget must be'],
    ['failure_budget: -1', 'failure_budget must be'],
    ['failure_budget: " "', 'failure_budget must be'],
    ['trial: { max_retries: -1 }', 'trial.max_retries must be at least 0'],
    ['trial: { retries: 1 }', 'Unknown key "retries" in trial'],
  ])('refuse %s', (line, message) => {
    expect(complaint(`task: spiral-node\n${line}`)).toContain(message);
  });
});

describe('a length of time', () => {
  it('is seconds, or numbers with units in a row', () => {
    expect(['90', 90, '1.5m', '1h30m', '2d', '250ms'].map(parseDuration)).toEqual([90, 90, 90, 5400, 172_800, 0.25]);
    for (const text of ['', ' ', 'm', '5 m', '1h 30m', '-5m', '5w', '1e']) expect(parseDuration(text), text).toBeNaN();
  });
});
