/**
 * The key `early_terminate` as a schema: W&B's hyperband, and rules of ours. One mapping holds the keys of all rules, so that
 * each is told apart from a slip of the pen; which key belongs to which rule is a table.
 */
import { z } from 'zod';

const share = z.number().min(0).lt(1);
const count = z.int().min(1);

const rule = z.strictObject({
  type: z
    .enum(['median', 'percentile', 'asha', 'hyperband', 'threshold', 'dominated'])
    .describe('the rule; hyperband is asha with the rungs of W&B'),
  metric: z
    .string()
    .optional()
    .describe('the objective to compare (default: the first that is not nfe; asha: ranks by all of them)'),
  min_epochs: count.optional().describe('no trial is stopped before this epoch; asha: the first rung (default: 1)'),
  min_trials: z.int().min(0).optional().describe('other trials that must have reached the epoch (default: 5; asha: 0)'),
  interval: count.optional().describe('epochs from one look at a trial to the next (default: 1)'),
  percentile: z.number().min(0).max(100).optional().describe('what is worse than it is stopped; 25 keeps a quarter'),
  eta: z.number().gt(1).max(1000).optional().describe('at each rung the best 1/eta go on (default: 3)'),
  min_iter: count.optional().describe('first rung, in epochs; the others are eta times as far each (W&B)'),
  max_iter: count.optional().describe('rungs are this, in epochs, divided by eta, s times (W&B)'),
  s: count.max(1000).optional().describe('number of rungs below max_iter (W&B)'),
  strict: z
    .boolean()
    .optional()
    .describe('false: the best value so far counts, not that at the rung (W&B; default: true)'),
  max_nfe: z.number().positive().optional().describe('a trial of more NFE in prediction is stopped'),
  max_loss: z.number().optional().describe('a trial of more test loss is stopped'),
  min_accuracy: z.number().min(0).max(1).optional().describe('a trial of less test accuracy is stopped'),
  margin: z
    .union([share, z.record(z.string(), share)])
    .optional()
    .describe('share by which others must be better: a number, or one by objective (default: 0.1)'),
  by: count.optional().describe('how many others must be better in every objective (default: 3)'),
  patience: count.optional().describe('for so many epochs in a row (default: 3)'),
  deterministic: z
    .boolean()
    .optional()
    .describe('stops the same trials whatever the number of workers, by comparing with earlier generations only'),
  generation: count.optional().describe('trials in a generation, with deterministic (default: 16)'),
  spare: share.optional().describe('share of the trials that is never stopped, to measure what the rule misses'),
});

export type RuleEntry = z.output<typeof rule>;
export type RuleType = RuleEntry['type'];
export type RuleKey = keyof RuleEntry;

const namedRule = rule.meta({ id: 'early_terminate_rule' });

export const earlyTerminateSchema = z.union([namedRule, z.array(namedRule).min(1).max(10)]);

export const ruleKeys: readonly string[] = Object.keys(rule.shape);

/** How stopping works as a whole, whichever the rules: in a list they stand with the first. */
export const modeKeys = ['deterministic', 'generation', 'spare'] as const satisfies readonly RuleKey[];

const ownKeys = {
  median: ['metric', 'min_epochs', 'min_trials', 'interval'],
  percentile: ['percentile', 'metric', 'min_epochs', 'min_trials', 'interval'],
  asha: ['metric', 'min_epochs', 'min_trials', 'eta'],
  hyperband: ['metric', 'min_iter', 'max_iter', 's', 'eta', 'strict', 'min_trials'],
  threshold: ['max_nfe', 'max_loss', 'min_accuracy', 'min_epochs'],
  dominated: ['margin', 'by', 'patience', 'min_epochs', 'interval'],
} as const satisfies Readonly<Record<RuleType, readonly RuleKey[]>>;

/** The keys of a rule that mean nothing to it, with those to which they do. */
export function strayKeys(entry: RuleEntry): readonly { readonly key: RuleKey; readonly types: readonly RuleType[] }[] {
  const known: readonly string[] = ['type', ...modeKeys, ...ownKeys[entry.type]];
  const types = Object.keys(ownKeys) as RuleType[];
  return (Object.keys(entry) as RuleKey[])
    .filter((key) => !known.includes(key))
    .map((key) => ({ key, types: types.filter((type) => (ownKeys[type] as readonly string[]).includes(key)) }));
}
