/**
 * What has ended stays as it ended, whoever writes: the program, a script or a SQLite shell.
 *
 * Deleting a whole sweep stays possible: when the foreign keys cascade, the parent row is already
 * gone, which is how the delete triggers tell a cascade from a direct delete. REPLACE deletes without
 * firing delete triggers (unless recursive_triggers is on), hence the insert triggers.
 */
const terminal = `('completed', 'failed', 'pruned', 'cancelled', 'timed_out', 'diverged')`;

export const triggers = `
CREATE TRIGGER terminal_trial_is_not_updated BEFORE UPDATE ON trial
WHEN OLD.state IN ${terminal}
BEGIN SELECT RAISE(ABORT, 'a trial that has ended is immutable'); END;

CREATE TRIGGER terminal_trial_is_not_deleted BEFORE DELETE ON trial
WHEN OLD.state IN ${terminal} AND EXISTS (SELECT 1 FROM sweep WHERE id = OLD.sweep_id)
BEGIN SELECT RAISE(ABORT, 'a trial that has ended is deleted only with its whole sweep'); END;

CREATE TRIGGER terminal_trial_is_not_replaced BEFORE INSERT ON trial
WHEN EXISTS (SELECT 1 FROM trial WHERE id = NEW.id AND state IN ${terminal})
  OR EXISTS (SELECT 1 FROM trial WHERE sweep_id = NEW.sweep_id AND cell_hash = NEW.cell_hash AND state IN ${terminal})
  OR EXISTS (SELECT 1 FROM trial WHERE sweep_id = NEW.sweep_id AND number = NEW.number AND state IN ${terminal})
BEGIN SELECT RAISE(ABORT, 'a trial that has ended is immutable'); END;

CREATE TRIGGER ended_attempt_is_not_updated BEFORE UPDATE ON attempt
WHEN OLD.state <> 'running'
BEGIN SELECT RAISE(ABORT, 'an attempt that has ended is immutable'); END;

CREATE TRIGGER ended_attempt_is_not_deleted BEFORE DELETE ON attempt
WHEN OLD.state <> 'running' AND EXISTS (SELECT 1 FROM trial WHERE id = OLD.trial_id)
BEGIN SELECT RAISE(ABORT, 'an attempt that has ended is deleted only with its whole sweep'); END;

CREATE TRIGGER ended_attempt_is_not_replaced BEFORE INSERT ON attempt
WHEN EXISTS (SELECT 1 FROM attempt WHERE id = NEW.id AND state <> 'running')
  OR EXISTS (SELECT 1 FROM attempt WHERE trial_id = NEW.trial_id AND number = NEW.number AND state <> 'running')
BEGIN SELECT RAISE(ABORT, 'an attempt that has ended is immutable'); END;

CREATE TRIGGER epoch_of_ended_attempt_is_not_added BEFORE INSERT ON epoch
WHEN EXISTS (SELECT 1 FROM attempt WHERE id = NEW.attempt_id AND state <> 'running')
BEGIN SELECT RAISE(ABORT, 'the epochs of an attempt that has ended are immutable'); END;

CREATE TRIGGER epoch_of_ended_attempt_is_not_updated BEFORE UPDATE ON epoch
WHEN EXISTS (SELECT 1 FROM attempt WHERE id IN (OLD.attempt_id, NEW.attempt_id) AND state <> 'running')
BEGIN SELECT RAISE(ABORT, 'the epochs of an attempt that has ended are immutable'); END;

CREATE TRIGGER epoch_of_ended_attempt_is_not_deleted BEFORE DELETE ON epoch
WHEN EXISTS (SELECT 1 FROM attempt WHERE id = OLD.attempt_id AND state <> 'running')
BEGIN SELECT RAISE(ABORT, 'the epochs of an attempt that has ended are deleted only with its whole sweep'); END;
`;
