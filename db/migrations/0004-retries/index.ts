/**
 * A trial that ended without a result may run again where a person asks for it. `retries` counts how often: the statement
 * that queues the trial raises it, and no other change of an ended trial passes.
 */
import type { Migration } from '../migration.js';

const trigger = `
CREATE TRIGGER terminal_trial_is_not_updated BEFORE UPDATE ON trial
WHEN OLD.state IN ('completed', 'failed', 'pruned', 'cancelled', 'timed_out', 'diverged')
  AND NOT (OLD.state <> 'completed' AND NEW.state = 'queued' AND NEW.retries = OLD.retries + 1
    AND NEW.id = OLD.id AND NEW.sweep_id = OLD.sweep_id AND NEW.number = OLD.number AND NEW.cell_hash = OLD.cell_hash
    AND NEW.cell_group = OLD.cell_group AND NEW.parameters = OLD.parameters AND NEW.attempts = OLD.attempts)
BEGIN SELECT RAISE(ABORT, 'a trial that has ended is immutable'); END
`;

export const retries: Migration = {
  version: 4,
  name: 'retries',
  statements: [
    'ALTER TABLE trial ADD COLUMN retries INTEGER NOT NULL DEFAULT 0 CHECK (retries >= 0)',
    'DROP TRIGGER terminal_trial_is_not_updated',
    trigger,
  ],
};
