/**
 * Trained models solved again, by other tolerances and solvers, in a table of their own: a trial's result stays what it
 * was trained to.
 *
 * An evaluation is immutable, as what has ended is, unless it failed for a reason that says nothing of its setting (a
 * model file that is gone, too little memory): asked for again, that row is replaced.
 *
 * The view of trials tells what a result depends on and by which code it came, without a join.
 */
import { trials } from '../0005-orchestration/index.js';
import type { Migration } from '../migration.js';
import { withColumn } from '../with-column.js';
import { evaluations, paretoEvaluated } from './views.js';

const table = `
CREATE TABLE evaluation (
  id              INTEGER PRIMARY KEY,
  trial_id        INTEGER NOT NULL REFERENCES trial (id) ON DELETE CASCADE,
  setting_hash    TEXT NOT NULL,                                 -- of the task and every parameter it was solved by
  changed         TEXT NOT NULL CHECK (json_type(changed) = 'object'), -- parameters other than the trial's, as it ran
  state           TEXT NOT NULL CHECK (state IN ('solved', 'unsolved', 'failed')),
  -- who ran it
  host            TEXT NOT NULL,
  pid             INTEGER NOT NULL,
  program_version TEXT NOT NULL,
  git_revision    TEXT,
  git_dirty       INTEGER CHECK (git_dirty IN (0, 1)),
  -- where it ran; NULL where it failed before the engine had started
  engine          TEXT,
  dtype           TEXT,
  device          TEXT,
  versions        TEXT CHECK (versions IS NULL OR json_valid(versions)),
  choices         TEXT CHECK (choices IS NULL OR json_valid(choices)),
  -- the result, once solved
  nfe             REAL,
  loss            REAL,
  accuracy        REAL,
  accepted        REAL,
  rejected        REAL,
  predict_seconds REAL,
  nonfinite       TEXT CHECK (nonfinite IS NULL OR json_valid(nonfinite)),
  -- why it is not
  reason_code     TEXT,
  reason_message  TEXT,
  reason_detail   TEXT,
  created_at      TEXT NOT NULL,
  UNIQUE (trial_id, setting_hash),
  CHECK ((state = 'solved') = (reason_code IS NULL)),
  CHECK ((state = 'solved') = (predict_seconds IS NOT NULL))
) STRICT
`;

const triggers = [
  `CREATE TRIGGER evaluation_is_of_a_completed_trial BEFORE INSERT ON evaluation
WHEN (SELECT state FROM trial WHERE id = NEW.trial_id) <> 'completed'
BEGIN SELECT RAISE(ABORT, 'only the model of a completed trial can be evaluated'); END`,
  `CREATE TRIGGER evaluation_is_not_updated BEFORE UPDATE ON evaluation
WHEN OLD.state <> 'failed'
  OR NEW.id <> OLD.id OR NEW.trial_id <> OLD.trial_id OR NEW.setting_hash <> OLD.setting_hash OR NEW.changed <> OLD.changed
BEGIN SELECT RAISE(ABORT, 'an evaluation is immutable'); END`,
  `CREATE TRIGGER evaluation_is_not_deleted BEFORE DELETE ON evaluation
WHEN EXISTS (SELECT 1 FROM trial WHERE id = OLD.trial_id)
BEGIN SELECT RAISE(ABORT, 'an evaluation is deleted only with its whole sweep'); END`,
  `CREATE TRIGGER evaluation_is_not_replaced BEFORE INSERT ON evaluation
WHEN EXISTS (SELECT 1 FROM evaluation WHERE id = NEW.id AND state <> 'failed')
  OR EXISTS (SELECT 1 FROM evaluation
    WHERE trial_id = NEW.trial_id AND setting_hash = NEW.setting_hash AND state <> 'failed')
BEGIN SELECT RAISE(ABORT, 'an evaluation is immutable'); END`,
];

const records: readonly (readonly [after: string, column: string])[] = [
  ['seed', 'sweep.seed AS sweep_seed, -- seed of the sweep: with seed it keys every random stream'],
  ['device', 'attempt.host AS host, -- machine of the latest attempt'],
  ['host', "attempt.git_revision AS git_revision, -- revision of the sweep file's folder, if it is in a repository"],
  ['git_revision', 'attempt.git_dirty AS git_dirty, -- 1 if it had uncommitted changes'],
];

const trialsWithRecords = records.reduce((view, [after, column]) => withColumn(view, after, column), trials);

export const evaluationsMigration: Migration = {
  version: 6,
  name: 'evaluations',
  statements: [table, ...triggers, 'DROP VIEW trials', trialsWithRecords, evaluations, paretoEvaluated],
};
