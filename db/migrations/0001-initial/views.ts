/**
 * The views that people query: wide, one thing a row, one name for one thing in all of them, so that
 * `JOIN … USING (sweep, trial)` works.
 *
 * The comments belong to the views: `sweep sql` shows the comment below CREATE VIEW as the view's
 * description and the one behind a column as the column's. A number that is not finite reads as NULL;
 * the column `nonfinite` says which it was.
 */
export const trials = `
CREATE VIEW trials AS
-- One row for each trial: its parameters, its state and, once completed, its result.
SELECT
  sweep.name AS sweep,                                  -- name of the sweep
  trial.number AS trial,                                -- number of the trial within its sweep, from 1
  trial.state AS state,                                 -- queued, running, completed, failed, pruned, cancelled, timed_out or diverged
  trial.parameters ->> '$.error_weight' AS error_weight,         -- weight of the error regulariser
  trial.parameters ->> '$.stiffness_weight' AS stiffness_weight, -- weight of the stiffness regulariser
  trial.parameters ->> '$.rtol' AS rtol,                -- relative tolerance of the solver
  -- Parameter atol may say "rtol": equal to it.
  coalesce(nullif(trial.parameters ->> '$.atol', 'rtol'), trial.parameters ->> '$.rtol') AS atol, -- absolute tolerance of the solver
  trial.parameters ->> '$.solver' AS solver,            -- name of the solver
  trial.parameters ->> '$.seed' AS seed,                -- seed of the repeat
  coalesce(attempt.engine, trial.parameters ->> '$.engine') AS engine, -- engine that ran it, else the one asked for
  coalesce(attempt.dtype, trial.parameters ->> '$.dtype') AS dtype,    -- f32 or f64
  trial.nfe AS nfe,                                     -- function evaluations of one prediction, mean over the test set
  trial.loss AS loss,                                   -- test loss
  trial.accuracy AS accuracy,                           -- test accuracy in [0, 1]; NULL where the task has none
  trial.train_loss AS train_loss,                       -- training loss of the last epoch, without regularisation
  trial.train_seconds AS train_seconds,                 -- wall time of training
  trial.predict_seconds AS predict_seconds,             -- wall time of predicting the test set once
  trial.epochs AS epochs,                               -- epochs trained
  trial.attempts AS attempts,                           -- attempts so far
  CASE WHEN trial.state NOT IN ('queued', 'running') THEN attempt.reason_code END AS reason_code, -- why it did not complete, for programs
  CASE WHEN trial.state NOT IN ('queued', 'running') THEN attempt.reason_message END AS reason,   -- why it did not complete
  attempt.started_at AS started_at,                     -- start of the latest attempt, UTC
  attempt.finished_at AS finished_at,                   -- end of the latest attempt, UTC
  attempt.device AS device,                             -- device of the latest attempt
  attempt.model_parameters AS model_parameters,         -- trainable parameters of the model
  trial.parameters AS parameters,                       -- every parameter, as JSON
  trial.nonfinite AS nonfinite,                         -- which results were nan, inf or -inf, as JSON
  trial.model_file AS model_file,                       -- file of the trained model
  trial.cell_hash AS cell_hash,                         -- identity of the task and every parameter
  trial.cell_group AS cell_group,                       -- the same without the seed
  trial.sweep_id AS sweep_id,                           -- key of the sweep in the tables
  trial.id AS trial_id                                  -- key of the trial in the tables
FROM trial
JOIN sweep ON sweep.id = trial.sweep_id
LEFT JOIN attempt ON attempt.trial_id = trial.id AND attempt.number = trial.attempts
`;

const epochs = `
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
  epoch.error_weight AS error_weight,                   -- weight in force
  epoch.stiffness_weight AS stiffness_weight,           -- weight in force
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

const attempts = `
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
  attempt.program_version AS program_version,           -- version of paretode
  attempt.git_revision AS git_revision,                 -- revision of the working directory, if it is a repository
  attempt.git_dirty AS git_dirty,                       -- 1 if it had uncommitted changes
  trial.sweep_id AS sweep_id,                           -- key of the sweep in the tables
  trial.id AS trial_id                                  -- key of the trial in the tables
FROM attempt
JOIN trial ON trial.id = attempt.trial_id
JOIN sweep ON sweep.id = trial.sweep_id
`;

/**
 * A point is dominated by one with fewer evaluations or equally many and a lower loss, or by one with
 * an equal loss and fewer evaluations. Two windows find both in O(n log n); a self join would take O(n²).
 */
const pareto = `
CREATE VIEW pareto AS
-- The completed trials of each sweep that no other one beats in both nfe and loss; columns as in trials.
WITH point AS (
  SELECT
    id, nfe, loss,
    min(loss) OVER (PARTITION BY sweep_id ORDER BY nfe) AS best_loss_up_to_nfe,
    min(nfe) OVER (PARTITION BY sweep_id, loss) AS best_nfe_at_loss
  FROM trial
  WHERE state = 'completed' AND nfe IS NOT NULL AND loss IS NOT NULL
)
SELECT trials.*
FROM point
JOIN trials ON trials.trial_id = point.id
WHERE point.loss = point.best_loss_up_to_nfe AND point.nfe = point.best_nfe_at_loss
`;

/**
 * Mean and sample standard deviation of `measure` over a cell, from its rows' rough means: the corrected
 * two-pass algorithm of src/pareto/aggregate-seeds.ts, so that equal values give exactly themselves.
 */
export function aggregate(measure: string): string {
  const rest = `(${measure} - ${measure}_rough)`;
  return `
    CASE WHEN count(${measure}) = count(*) THEN min(${measure}_rough) + avg${rest} END AS ${measure}_mean,
    CASE WHEN count(${measure}) = count(*) THEN
      sqrt(max(0, sum(${rest} * ${rest}) - sum${rest} * sum${rest} / count(*)) / (count(*) - 1))
    END AS ${measure}_sd`;
}

const paretoByCell = `
CREATE VIEW pareto_by_cell AS
-- One row for each cell with a completed trial: mean and sample standard deviation over its seeds.
WITH seed AS (
  SELECT
    id, sweep_id, cell_group, nfe, loss, accuracy,
    avg(nfe) OVER cell AS nfe_rough, avg(loss) OVER cell AS loss_rough, avg(accuracy) OVER cell AS accuracy_rough
  FROM trial
  WHERE state = 'completed'
  WINDOW cell AS (PARTITION BY sweep_id, cell_group)
),
cell AS (
  -- A value that is not finite leaves its mean NULL: averaging the others would reward divergence.
  SELECT
    sweep_id, cell_group, min(id) AS first_id, count(*) AS n,${aggregate('nfe')},${aggregate('loss')},${aggregate('accuracy')}
  FROM seed
  GROUP BY sweep_id, cell_group
),
frontier AS (
  SELECT
    sweep_id, cell_group,
    loss_mean = min(loss_mean) OVER (PARTITION BY sweep_id ORDER BY nfe_mean)
      AND nfe_mean = min(nfe_mean) OVER (PARTITION BY sweep_id, loss_mean) AS on_frontier
  FROM cell
  WHERE nfe_mean IS NOT NULL AND loss_mean IS NOT NULL
)
SELECT
  sweep.name AS sweep,                                  -- name of the sweep
  trial.parameters ->> '$.error_weight' AS error_weight,         -- weight of the error regulariser
  trial.parameters ->> '$.stiffness_weight' AS stiffness_weight, -- weight of the stiffness regulariser
  trial.parameters ->> '$.rtol' AS rtol,                -- relative tolerance of the solver
  -- Parameter atol may say "rtol": equal to it.
  coalesce(nullif(trial.parameters ->> '$.atol', 'rtol'), trial.parameters ->> '$.rtol') AS atol, -- absolute tolerance of the solver
  trial.parameters ->> '$.solver' AS solver,            -- name of the solver
  trial.parameters ->> '$.engine' AS engine,            -- engine asked for
  trial.parameters ->> '$.dtype' AS dtype,              -- f32 or f64
  coalesce(frontier.on_frontier, 0) AS on_frontier,     -- 1 if no other cell of the sweep beats both means
  cell.n AS n,                                          -- completed trials, which the means are over
  (SELECT count(*) FROM trial AS each
    WHERE each.sweep_id = cell.sweep_id AND each.cell_group = cell.cell_group) AS trials, -- trials of the cell, ended or not
  cell.nfe_mean AS nfe_mean,                            -- function evaluations of one prediction
  cell.nfe_sd AS nfe_sd,                                -- NULL for a single seed
  cell.loss_mean AS loss_mean,                          -- test loss
  cell.loss_sd AS loss_sd,                              -- NULL for a single seed
  cell.accuracy_mean AS accuracy_mean,                  -- test accuracy; NULL where the task has none
  cell.accuracy_sd AS accuracy_sd,                      -- NULL for a single seed
  json_remove(trial.parameters, '$.seed') AS parameters, -- every parameter but the seed, as JSON
  cell.cell_group AS cell_group,                        -- identity of the cell, without the seed
  cell.sweep_id AS sweep_id                             -- key of the sweep in the tables
FROM cell
JOIN trial ON trial.id = cell.first_id
JOIN sweep ON sweep.id = cell.sweep_id
LEFT JOIN frontier ON frontier.sweep_id = cell.sweep_id AND frontier.cell_group = cell.cell_group
`;

export const views: readonly string[] = [trials, epochs, attempts, pareto, paretoByCell];
