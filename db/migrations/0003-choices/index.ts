/** Attempts tell what was chosen for them where a parameter said `auto`. */
import type { Migration } from '../migration.js';

export const attempts = `
CREATE VIEW attempts AS
-- One row for each attempt at a trial: who ran it, where, and how it ended.
SELECT
  sweep.name AS sweep,                                  -- name of the sweep
  trial.number AS trial,                                -- number of the trial within its sweep
  attempt.number AS attempt,                            -- from 1
  attempt.state AS state,                               -- running, a trial's final state, interrupted (by a stop) or lost (its process died)
  attempt.started_at AS started_at,                     -- UTC
  attempt.finished_at AS finished_at,                   -- UTC; NULL while running and when lost
  attempt.wall_seconds AS wall_seconds,                 -- wall time from start to end
  attempt.reason_code AS reason_code,                   -- why it did not complete, for programs
  attempt.reason_message AS reason,                     -- why it did not complete
  attempt.reason_detail AS reason_detail,               -- stack or further detail
  attempt.reason_epoch AS reason_epoch,                 -- epoch in which it ended
  attempt.reason_iteration AS reason_iteration,         -- iteration at which it ended
  attempt.host AS host,                                 -- machine
  attempt.pid AS pid,                                   -- process
  attempt.engine AS engine,                             -- engine that ran it
  attempt.dtype AS dtype,                               -- f32 or f64
  attempt.device AS device,                             -- device in words
  attempt.versions AS versions,                         -- versions of program and engine, as JSON
  attempt.model_parameters AS model_parameters,         -- trainable parameters of the model
  attempt.choices AS choices,                           -- what auto chose and why, by parameter, as JSON; NULL where nothing was left to it
  attempt.program_version AS program_version,           -- version of paretode
  attempt.git_revision AS git_revision,                 -- revision of the working directory, if it is a repository
  attempt.git_dirty AS git_dirty,                       -- 1 if it had uncommitted changes
  trial.sweep_id AS sweep_id,                           -- key of the sweep in the tables
  trial.id AS trial_id                                  -- key of the trial in the tables
FROM attempt
JOIN trial ON trial.id = attempt.trial_id
JOIN sweep ON sweep.id = trial.sweep_id
`;

export const choices: Migration = {
  version: 3,
  name: 'choices',
  statements: ['ALTER TABLE attempt ADD COLUMN choices TEXT', 'DROP VIEW attempts', attempts],
};
