/** Beside R_E and R_S, epochs tell of the Taylor and the local regulariser. */
import type { Migration } from '../migration.js';

const columns = ['taylor_regularizer', 'local_regularizer', 'taylor_weight', 'local_weight'].map(
  (column) => `ALTER TABLE epoch ADD COLUMN ${column} REAL`,
);

export const epochs = `
CREATE VIEW epochs AS
-- One row for each epoch of each trial's latest attempt.
SELECT
  sweep.name AS sweep,                                  -- name of the sweep
  trial.number AS trial,                                -- number of the trial within its sweep
  epoch.epoch AS epoch,                                 -- from 1
  epoch.train_loss AS train_loss,                       -- mean over the epoch, without regularisation
  epoch.test_loss AS test_loss,                         -- on the whole test set
  epoch.accuracy AS accuracy,                           -- test accuracy in [0, 1]; NULL where the task has none
  epoch.nfe AS nfe,                                     -- function evaluations of one prediction, mean over the test set
  epoch.train_nfe AS train_nfe,                         -- function evaluations of a training solve
  epoch.backward_nfe AS backward_nfe,                   -- evaluations and pullbacks of its adjoint
  epoch.accepted AS accepted,                           -- accepted steps of a training solve
  epoch.rejected AS rejected,                           -- rejected steps of a training solve
  epoch.error_regularizer AS error_regularizer,         -- error regulariser, unweighted
  epoch.stiffness_regularizer AS stiffness_regularizer, -- stiffness regulariser, unweighted
  epoch.taylor_regularizer AS taylor_regularizer,       -- Taylor regulariser, unweighted; NULL where it has no weight
  epoch.local_regularizer AS local_regularizer,         -- local regulariser, unweighted; NULL where it has no weight
  epoch.error_weight AS error_weight,                   -- weight in force
  epoch.stiffness_weight AS stiffness_weight,           -- weight in force
  epoch.taylor_weight AS taylor_weight,                 -- weight in force
  epoch.local_weight AS local_weight,                   -- weight in force
  epoch.mean_step AS mean_step,                         -- mean size of accepted steps
  epoch.train_seconds AS train_seconds,                 -- wall time of training in this epoch
  epoch.predict_seconds AS predict_seconds,             -- wall time of predicting the test set once
  epoch.memory_bytes AS memory_bytes,                   -- resident memory of the whole process
  epoch.nonfinite AS nonfinite,                         -- which numbers were nan, inf or -inf, as JSON
  trial.sweep_id AS sweep_id,                           -- key of the sweep in the tables
  trial.id AS trial_id                                  -- key of the trial in the tables
FROM trial
JOIN sweep ON sweep.id = trial.sweep_id
JOIN attempt ON attempt.trial_id = trial.id AND attempt.number = trial.attempts
JOIN epoch ON epoch.attempt_id = attempt.id
`;

export const regularizers: Migration = {
  version: 2,
  name: 'regularizers',
  statements: [...columns, 'DROP VIEW epochs', epochs],
};
