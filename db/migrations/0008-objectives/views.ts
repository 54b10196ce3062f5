/** The views of frontiers, each by the objectives of its sweep. */
import { aggregate } from '../0001-initial/views.js';
import { evaluatedColumns } from '../0006-evaluations/views.js';
import { each, goal, nondominated, ordinals, valueOf } from './nondominated.js';

const names = ['nfe', 'loss', 'accuracy', 'train_loss', 'train_seconds', 'predict_seconds'];
const trialColumns = Object.fromEntries(names.map((name) => [name, `trial.${name}`]));
const evaluationColumns = {
  ...trialColumns,
  ...Object.fromEntries(
    ['nfe', 'loss', 'accuracy', 'predict_seconds'].map((name) => [name, `evaluation.${name}`] as const),
  ),
};

const costs = (columns: Readonly<Record<string, string>>): string =>
  each((i) => `sign_${i} * ${valueOf(i, columns)} AS cost_${i}`);

const completed = `goal JOIN trial ON trial.sweep_id = goal.sweep_id AND trial.state = 'completed'`;

export const pareto = `
CREATE VIEW pareto AS
-- The completed trials that no other one of their sweep beats in its objectives; columns as in trials.
WITH ${goal},
point AS (
  SELECT
    goal.sweep_id, goal.goals, trial.id AS point_id,
    ${costs(trialColumns)}
  FROM ${completed}
),${nondominated(['point_id'])}
SELECT trials.*
FROM frontier
JOIN trials ON trials.trial_id = frontier.point_id
`;

/** A model is judged by what it was solved by, so that one trial may stand here several times; its training stays the trial's. */
export const paretoEvaluated = `
CREATE VIEW pareto_evaluated AS
-- The completed trials and the evaluations of their models, together, that no other one of their sweep beats in its objectives.
WITH ${goal},
point AS (
  SELECT
    goal.sweep_id, goal.goals, trial.id AS point_id, NULL AS solve_id,
    ${costs(trialColumns)}
  FROM ${completed}
  UNION ALL
  -- A model solved again by the trial's own setting is no further point.
  SELECT
    goal.sweep_id, goal.goals, trial.id, evaluation.id,
    ${costs(evaluationColumns)}
  FROM ${completed}
  JOIN evaluation ON evaluation.trial_id = trial.id AND evaluation.state = 'solved' AND evaluation.changed <> '{}'
),${nondominated(['point_id', 'solve_id'])},
described AS (
  SELECT 'trained' AS source, '{}' AS changed, ${evaluatedColumns}
  FROM frontier
  JOIN trials ON trials.trial_id = frontier.point_id
  WHERE frontier.solve_id IS NULL
  UNION ALL
  SELECT 'evaluated', changed, ${evaluatedColumns}
  FROM frontier
  JOIN evaluations ON evaluations.evaluation_id = frontier.solve_id
)
SELECT
  source AS source,                                     -- trained: a trial's own result; evaluated: its model solved otherwise
  ${evaluatedColumns}, changed
FROM described
`;

const measures = ['nfe', 'loss', 'accuracy', ...ordinals.map((i) => `value_${i}`)];

/** JSON object of the objectives' means, or spreads, by name. */
const byName = (column: string): string => {
  const entry = (i: number): string =>
    `iif(goals < ${i}, '', ',' || json_quote(name_${i}) || ':' || json_quote(value_${i}_${column}))`;
  return `'{' || substr(${each(entry, ' || ')}, 2) || '}'`;
};

export const paretoByCell = `
CREATE VIEW pareto_by_cell AS
-- One row for each cell with a completed trial: mean and sample standard deviation over its seeds.
WITH ${goal},
measured AS (
  SELECT
    trial.id, goal.sweep_id, trial.cell_group, trial.nfe, trial.loss, trial.accuracy,
    ${each((i) => `${valueOf(i, trialColumns)} AS value_${i}`)}
  FROM ${completed}
),
seed AS (
  SELECT
    *, ${measures.map((measure) => `avg(${measure}) OVER cell AS ${measure}_rough`).join(', ')}
  FROM measured
  WINDOW cell AS (PARTITION BY sweep_id, cell_group)
),
cell AS MATERIALIZED (
  -- A value that is not finite leaves its mean NULL: averaging the others would reward divergence.
  SELECT
    sweep_id, cell_group, min(id) AS first_id, count(*) AS n,${measures.map(aggregate).join(',')}
  FROM seed
  GROUP BY sweep_id, cell_group
),
point AS (
  SELECT
    goal.sweep_id, goal.goals, cell.cell_group AS point_group,
    ${each((i) => `sign_${i} * value_${i}_mean AS cost_${i}`)}
  FROM goal
  JOIN cell ON cell.sweep_id = goal.sweep_id
),${nondominated(['sweep_id', 'point_group'])}
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
  frontier.point_group IS NOT NULL AS on_frontier,      -- 1 if no other cell of the sweep beats its means in the sweep's objectives
  cell.n AS n,                                          -- completed trials, which the means are over
  (SELECT count(*) FROM trial AS each
    WHERE each.sweep_id = cell.sweep_id AND each.cell_group = cell.cell_group) AS trials, -- trials of the cell, ended or not
  cell.nfe_mean AS nfe_mean,                            -- function evaluations of one prediction
  cell.nfe_sd AS nfe_sd,                                -- NULL for a single seed
  cell.loss_mean AS loss_mean,                          -- test loss
  cell.loss_sd AS loss_sd,                              -- NULL for a single seed
  cell.accuracy_mean AS accuracy_mean,                  -- test accuracy; NULL where the task has none
  cell.accuracy_sd AS accuracy_sd,                      -- NULL for a single seed
  ${byName('mean')} AS means,                           -- mean of each objective of the sweep, as JSON
  ${byName('sd')} AS sds,                               -- standard deviation of each objective of the sweep, as JSON
  json_remove(trial.parameters, '$.seed') AS parameters, -- every parameter but the seed, as JSON
  cell.cell_group AS cell_group,                        -- identity of the cell, without the seed
  cell.sweep_id AS sweep_id                             -- key of the sweep in the tables
FROM cell
JOIN trial ON trial.id = cell.first_id
JOIN sweep ON sweep.id = cell.sweep_id
JOIN goal ON goal.sweep_id = cell.sweep_id
LEFT JOIN frontier ON frontier.sweep_id = cell.sweep_id AND frontier.point_group = cell.cell_group
`;
