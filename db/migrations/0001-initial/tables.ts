/**
 * Tables of the first schema.
 *
 * STRICT, so that a column holds what it declares. A measured number that is not finite is stored as
 * NULL, and `nonfinite` says which it was: {"loss":"nan"} (SQLite has no NaN, JSON neither).
 */
export const tables = `
CREATE TABLE sweep (
  id            INTEGER PRIMARY KEY,
  name          TEXT NOT NULL UNIQUE,
  task          TEXT NOT NULL,
  seed          INTEGER NOT NULL,
  objectives    TEXT NOT NULL CHECK (json_valid(objectives)),    -- [{"name":"nfe","goal":"minimize"}, …]
  axes          TEXT NOT NULL CHECK (json_valid(axes)),          -- names of the parameters that vary
  specification TEXT NOT NULL,                                   -- the sweep file as last run
  created_at    TEXT NOT NULL                                    -- ISO 8601, UTC, like every time here
) STRICT;

CREATE TABLE trial (
  id              INTEGER PRIMARY KEY,
  sweep_id        INTEGER NOT NULL REFERENCES sweep (id) ON DELETE CASCADE,
  number          INTEGER NOT NULL CHECK (number >= 1),
  cell_hash       TEXT NOT NULL,
  cell_group      TEXT NOT NULL,                                 -- shared by the seeds of one cell
  parameters      TEXT NOT NULL CHECK (json_valid(parameters)),
  state           TEXT NOT NULL DEFAULT 'queued' CHECK (state IN
    ('queued', 'running', 'completed', 'failed', 'pruned', 'cancelled', 'timed_out', 'diverged')),
  attempts        INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  -- the result, once completed
  nfe             REAL,
  loss            REAL,
  accuracy        REAL,
  train_loss      REAL,
  train_seconds   REAL,
  predict_seconds REAL,
  epochs          INTEGER,
  nonfinite       TEXT CHECK (nonfinite IS NULL OR json_valid(nonfinite)),
  model_file      TEXT,
  UNIQUE (sweep_id, cell_hash),
  UNIQUE (sweep_id, number),
  CHECK ((state = 'completed') = (epochs IS NOT NULL))
) STRICT;

CREATE INDEX trial_by_state ON trial (sweep_id, state);
CREATE INDEX trial_by_group ON trial (sweep_id, cell_group);

CREATE TABLE attempt (
  id               INTEGER PRIMARY KEY,
  trial_id         INTEGER NOT NULL REFERENCES trial (id) ON DELETE CASCADE,
  number           INTEGER NOT NULL CHECK (number >= 1),
  state            TEXT NOT NULL DEFAULT 'running' CHECK (state IN
    ('running', 'completed', 'failed', 'pruned', 'cancelled', 'timed_out', 'diverged', 'interrupted', 'lost')),
  -- who ran it
  host             TEXT NOT NULL,
  pid              INTEGER NOT NULL,
  program_version  TEXT NOT NULL,
  git_revision     TEXT,
  git_dirty        INTEGER CHECK (git_dirty IN (0, 1)),
  -- where it ran; NULL until the engine has started
  engine           TEXT,
  dtype            TEXT,
  device           TEXT,
  versions         TEXT CHECK (versions IS NULL OR json_valid(versions)),
  model_parameters INTEGER,
  -- why it did not complete
  reason_code      TEXT,
  reason_message   TEXT,
  reason_detail    TEXT,
  reason_epoch     INTEGER,
  reason_iteration INTEGER,
  started_at       TEXT NOT NULL,
  finished_at      TEXT,                                         -- NULL also when lost: nobody saw its end
  wall_seconds     REAL,
  UNIQUE (trial_id, number),
  CHECK ((state IN ('running', 'lost')) = (finished_at IS NULL)),
  CHECK ((state IN ('running', 'completed', 'interrupted')) = (reason_code IS NULL))
) STRICT;

CREATE TABLE epoch (
  attempt_id            INTEGER NOT NULL REFERENCES attempt (id) ON DELETE CASCADE,
  epoch                 INTEGER NOT NULL CHECK (epoch >= 1),
  train_loss            REAL,
  test_loss             REAL,
  accuracy              REAL,
  nfe                   REAL,
  train_nfe             REAL,
  backward_nfe          REAL,
  accepted              REAL,
  rejected              REAL,
  error_regularizer     REAL,
  stiffness_regularizer REAL,
  error_weight          REAL,
  stiffness_weight      REAL,
  mean_step             REAL,
  train_seconds         REAL,
  predict_seconds       REAL,
  memory_bytes          REAL,
  nonfinite             TEXT CHECK (nonfinite IS NULL OR json_valid(nonfinite)),
  PRIMARY KEY (attempt_id, epoch)
) STRICT, WITHOUT ROWID;

-- The process that holds the database for writing, or the last one that died doing so. The lock itself
-- is the operating system's (the -lock file beside the database); this row only names the holder.
CREATE TABLE coordinator (
  id         INTEGER PRIMARY KEY CHECK (id = 1),
  host       TEXT NOT NULL,
  pid        INTEGER NOT NULL,
  started_at TEXT NOT NULL
) STRICT;
`;
