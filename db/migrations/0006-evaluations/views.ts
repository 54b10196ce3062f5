/** Evaluations as people query them, and the frontier of what was trained and what was evaluated together. */

export const evaluations = `
CREATE VIEW evaluations AS
-- One row for each trained model solved again: its trial, what it was solved by, and what came out.
WITH solve AS (
  SELECT evaluation.*, trial.number, trial.sweep_id, json_patch(trial.parameters, evaluation.changed) AS parameters,
    trial.nfe AS trained_nfe, trial.loss AS trained_loss, trial.accuracy AS trained_accuracy
  FROM evaluation
  JOIN trial ON trial.id = evaluation.trial_id
)
SELECT
  sweep.name AS sweep,                                  -- name of the sweep
  solve.number AS trial,                                -- number of the trial that trained the model
  solve.state AS state,                                 -- solved, unsolved (the solver could not) or failed (for another reason)
  solve.changed AS changed,                             -- parameters other than those it was trained by, as JSON; {}: none
  solve.parameters ->> '$.error_weight' AS error_weight,         -- weight of the error regulariser in training
  solve.parameters ->> '$.stiffness_weight' AS stiffness_weight, -- weight of the stiffness regulariser in training
  solve.parameters ->> '$.rtol' AS rtol,                -- relative tolerance that it was solved by
  -- Parameter atol may say "rtol": equal to it.
  coalesce(nullif(solve.parameters ->> '$.atol', 'rtol'), solve.parameters ->> '$.rtol') AS atol, -- absolute tolerance that it was solved by
  solve.parameters ->> '$.solver' AS solver,            -- solver that it was solved by
  solve.parameters ->> '$.controller' AS controller,    -- step size controller
  solve.parameters ->> '$.seed' AS seed,                -- seed of the repeat
  solve.engine AS engine,                               -- engine that solved it
  solve.dtype AS dtype,                                 -- f32 or f64
  solve.nfe AS nfe,                                     -- function evaluations of one prediction, mean over the test set
  solve.loss AS loss,                                   -- test loss
  solve.accuracy AS accuracy,                           -- test accuracy in [0, 1]; NULL where the task has none
  solve.accepted AS accepted,                           -- accepted steps of one prediction, mean over the test set
  solve.rejected AS rejected,                           -- rejected steps of one prediction, mean over the test set
  solve.predict_seconds AS predict_seconds,             -- wall time of predicting the test set once
  solve.trained_nfe AS trained_nfe,                     -- function evaluations as the trial was trained
  solve.trained_loss AS trained_loss,                   -- test loss as the trial was trained
  solve.trained_accuracy AS trained_accuracy,           -- test accuracy as the trial was trained
  solve.reason_code AS reason_code,                     -- why it was not solved, for programs
  solve.reason_message AS reason,                       -- why it was not solved
  solve.created_at AS created_at,                       -- UTC
  solve.device AS device,                               -- device in words
  solve.versions AS versions,                           -- versions of program and engine, as JSON
  solve.choices AS choices,                             -- what auto chose and why, by parameter, as JSON
  solve.host AS host,                                   -- machine
  solve.program_version AS program_version,             -- version of paretode
  solve.git_revision AS git_revision,                   -- revision of the working directory, if it is a repository
  solve.git_dirty AS git_dirty,                         -- 1 if it had uncommitted changes
  solve.parameters AS parameters,                       -- every parameter that it was solved by, as JSON
  solve.nonfinite AS nonfinite,                         -- which results were nan, inf or -inf, as JSON
  solve.setting_hash AS setting_hash,                   -- identity of the task and every parameter that it was solved by
  solve.sweep_id AS sweep_id,                           -- key of the sweep in the tables
  solve.trial_id AS trial_id,                           -- key of the trial in the tables
  solve.id AS evaluation_id                             -- key of the evaluation in the tables
FROM solve
JOIN sweep ON sweep.id = solve.sweep_id
`;

/** Columns that trials and evaluations share on a frontier of both. */
export const evaluatedColumns = [
  ...['sweep', 'trial', 'error_weight', 'stiffness_weight', 'rtol', 'atol', 'solver', 'seed', 'engine', 'dtype'],
  ...['nfe', 'loss', 'accuracy', 'predict_seconds', 'device', 'parameters', 'nonfinite', 'sweep_id', 'trial_id'],
].join(', ');

/**
 * Dominance as in `pareto`. A model solved again by the trial's own setting is no further point; a model is judged by
 * what it was solved by, so that one trial may stand here several times.
 */
export const paretoEvaluated = `
CREATE VIEW pareto_evaluated AS
-- The completed trials and the evaluations of their models, together, that no other one beats in both nfe and loss.
WITH candidate AS (
  SELECT 'trained' AS source, '{}' AS changed, ${evaluatedColumns} FROM trials WHERE state = 'completed'
  UNION ALL
  SELECT 'evaluated', changed, ${evaluatedColumns} FROM evaluations WHERE state = 'solved' AND changed <> '{}'
),
point AS (
  SELECT
    *,
    min(loss) OVER (PARTITION BY sweep_id ORDER BY nfe) AS best_loss_up_to_nfe,
    min(nfe) OVER (PARTITION BY sweep_id, loss) AS best_nfe_at_loss
  FROM candidate
  WHERE nfe IS NOT NULL AND loss IS NOT NULL
)
SELECT
  source AS source,                                     -- trained: a trial's own result; evaluated: its model solved otherwise
  ${evaluatedColumns}, changed
FROM point
WHERE loss = best_loss_up_to_nfe AND nfe = best_nfe_at_loss
`;
