/**
 * Which attempts are made again by themselves, and when a run that only fails is given up.
 *
 * Training is a pure function of its cell: what failed of the cell itself – a loss that is not finite, an exception –
 * fails again. What failed of the machine may not. Retries are counted within one run.
 */
import type { RetriableReason } from '../../training/reason-codes.js';
import type { TrialReason } from '../../training/trial.js';

export interface RetryPolicy {
  /** Further attempts of a trial within a run. */
  readonly maxRetries: number;
  /** Codes of the reasons that are worth another attempt. */
  readonly reasons: readonly string[];
  /** Before the first retry; doubled before each further one, up to a minute. */
  readonly backoffSeconds: number;
}

/** How many trials may end without a result before no further one is started; `same` is the default. */
export type FailureBudget =
  /** Until the first so many trials have all failed of the same reason. */
  | { readonly kind: 'same'; readonly trials: number }
  /** Until more than so many have failed. */
  | { readonly kind: 'count'; readonly trials: number }
  /** Until more than this share of the plan has failed. */
  | { readonly kind: 'share'; readonly fraction: number }
  | { readonly kind: 'unlimited' };

/** Reasons that lie in the machine and not in the cell. */
export const transientReasons = ['worker_exit', 'device_lost'] as const satisfies readonly RetriableReason[];

export const defaultRetryPolicy: RetryPolicy = { maxRetries: 1, reasons: transientReasons, backoffSeconds: 1 };

export const defaultFailureBudget: FailureBudget = { kind: 'same', trials: 5 };

/** @returns null if the value is no budget: neither a number of trials, nor a share such as 10%, nor `unlimited` */
export function parseFailureBudget(value: number | string): FailureBudget | null {
  if (value === 'unlimited') return { kind: 'unlimited' };
  const percent = typeof value === 'string' ? /^(\d+(?:\.\d+)?)\s*%$/.exec(value)?.[1] : undefined;
  if (percent !== undefined) {
    const fraction = Number(percent) / 100;
    return fraction <= 1 ? { kind: 'share', fraction } : null;
  }
  const trials = typeof value === 'string' && value.trim() === '' ? NaN : Number(value);
  return Number.isSafeInteger(trials) && trials >= 0 ? { kind: 'count', trials } : null;
}

const longestBackoffSeconds = 60;

/**
 * @param retries that the trial has had in this run
 * @returns seconds until the next attempt; null: the trial ends
 */
export function nextRetry(
  { maxRetries, reasons, backoffSeconds }: RetryPolicy,
  { code }: TrialReason,
  retries: number,
): number | null {
  if (retries >= maxRetries || !reasons.includes(code)) return null;
  return Math.min(longestBackoffSeconds, backoffSeconds * 2 ** retries);
}

/** Books the ends of trials and says when it is enough. */
export class FailureTally {
  readonly #budget: FailureBudget;
  readonly #planned: () => number;
  #completed = 0;
  #failed = 0;
  /** Of the first failure; null once another reason has been met. */
  #code: string | null = null;
  #latest = '';

  /** @param planned trials of the plan, which may grow */
  constructor(budget: FailureBudget, planned: () => number) {
    this.#budget = budget;
    this.#planned = planned;
  }

  completed(): void {
    this.#completed += 1;
  }

  failed({ code, message }: TrialReason): void {
    if (this.#failed === 0) this.#code = code;
    else if (this.#code !== code) this.#code = null;
    this.#failed += 1;
    this.#latest = message;
  }

  /** Why no further trial should start; null: go on. */
  verdict(): string | null {
    const budget = this.#budget;
    const failed = this.#failed;
    switch (budget.kind) {
      case 'unlimited':
        return null;
      case 'same':
        if (this.#completed > 0 || failed < budget.trials || this.#code === null) return null;
        return `the first ${failed} trials all ended as ${this.#code}: ${this.#latest}`;
      case 'count':
        return failed > budget.trials
          ? `${failed} ${failed === 1 ? 'trial' : 'trials'} failed, more than the ${budget.trials} of failure_budget`
          : null;
      case 'share': {
        const planned = this.#planned();
        const most = budget.fraction * planned;
        const percent = Number((100 * budget.fraction).toPrecision(6));
        return failed > most
          ? `${failed} of ${planned} trials failed, more than the ${percent}% of failure_budget`
          : null;
      }
    }
  }
}
