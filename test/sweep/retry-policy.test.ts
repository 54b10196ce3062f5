import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultRetryPolicy, FailureTally, nextRetry } from '../../src/sweep/coordinator/retry-policy.js';
import type { TrialReason } from '../../src/training/trial.js';

const reason = (code: string): TrialReason => ({ code, message: `because of ${code}` });

describe('another attempt', () => {
  const policy = { maxRetries: 3, reasons: ['worker_exit', 'timeout'], backoffSeconds: 1 };

  it('follows the reasons of the policy alone, as often as it says, waiting twice as long each time', () => {
    expect([0, 1, 2, 3].map((retries) => nextRetry(policy, reason('timeout'), retries))).toEqual([1, 2, 4, null]);
    expect(nextRetry(policy, reason('non_finite'), 0)).toBeNull();
  });

  it('never waits longer than a minute', () => {
    expect(nextRetry({ ...policy, maxRetries: 100 }, reason('timeout'), 50)).toBe(60);
  });

  it('is by default made once, where the machine failed and not the cell', () => {
    const codes = ['worker_exit', 'device_lost', 'error', 'out_of_memory', 'timeout', 'non_finite'];
    expect(codes.map((code) => nextRetry(defaultRetryPolicy, reason(code), 0))).toEqual([1, 1, null, null, null, null]);
    expect(nextRetry(defaultRetryPolicy, reason('worker_exit'), 1)).toBeNull();
  });
});

describe('a run is given up', () => {
  function verdicts(budget: ConstructorParameters<typeof FailureTally>[0], ends: readonly (string | null)[]) {
    const tally = new FailureTally(budget, () => 20);
    return ends.map((code) => {
      if (code === null) tally.completed();
      else tally.failed(reason(code));
      return tally.verdict();
    });
  }

  it('by default when the first five trials have all failed of the same reason', () => {
    const alike = verdicts({ kind: 'same', trials: 5 }, ['error', 'error', 'error', 'error', 'error']);
    expect(alike.slice(0, 4)).toEqual([null, null, null, null]);
    expect(alike[4]).toBe('the first 5 trials all ended as error: because of error');
  });

  it('not when one of them completed, or failed of something else', () => {
    const ends = fc.array(fc.constantFrom('error', 'timeout', null), { minLength: 5, maxLength: 30 });
    fc.assert(
      fc.property(ends, (list) => {
        fc.pre(new Set(list.slice(0, 5)).size > 1 || list[0] === null);
        expect(verdicts({ kind: 'same', trials: 5 }, list).every((verdict) => verdict === null)).toBe(true);
      }),
    );
  });

  it('when more trials have failed than a count or a share of the plan', () => {
    const ends = ['a', null, 'b', 'c', 'd'];
    expect(verdicts({ kind: 'count', trials: 2 }, ends)).toEqual([
      null,
      null,
      null,
      '3 trials failed, more than the 2 of failure_budget',
      '4 trials failed, more than the 2 of failure_budget',
    ]);
    expect(verdicts({ kind: 'share', fraction: 0.15 }, ends).at(-1)).toBe(
      '4 of 20 trials failed, more than the 15% of failure_budget',
    );
    expect(verdicts({ kind: 'count', trials: 0 }, ['a'])).toEqual([
      '1 trial failed, more than the 0 of failure_budget',
    ]);
  });

  it('never, if the budget is unlimited', () => {
    expect(verdicts({ kind: 'unlimited' }, new Array<string>(20).fill('error')).every((each) => each === null)).toBe(
      true,
    );
  });
});
