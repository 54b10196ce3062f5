/**
 * A sweep remembers which plan its first trials are, so that a run that resumes 100,000 of them need not compare them one by
 * one. What could make that untrue, whoever writes, makes the sweep forget it.
 */
import type { Migration } from '../migration.js';

const forget = (sweep: string): string =>
  `BEGIN UPDATE sweep SET plan_digest = NULL, plan_size = NULL WHERE id IN (${sweep}); END`;

export const plans: Migration = {
  version: 7,
  name: 'plans',
  statements: [
    'ALTER TABLE sweep ADD COLUMN plan_digest TEXT',
    'ALTER TABLE sweep ADD COLUMN plan_size INTEGER CHECK ((plan_size IS NULL) = (plan_digest IS NULL))',
    `CREATE TRIGGER plan_without_a_trial_is_forgotten AFTER DELETE ON trial ${forget('OLD.sweep_id')}`,
    `CREATE TRIGGER plan_with_another_cell_is_forgotten AFTER UPDATE OF sweep_id, number, cell_hash ON trial
${forget('OLD.sweep_id, NEW.sweep_id')}`,
    `CREATE TRIGGER plan_with_a_replaced_trial_is_forgotten AFTER INSERT ON trial
WHEN NEW.number <= (SELECT plan_size FROM sweep WHERE id = NEW.sweep_id) ${forget('NEW.sweep_id')}`,
  ],
};
