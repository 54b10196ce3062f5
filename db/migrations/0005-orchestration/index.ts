/**
 * What runs have learned to do: a person adds trials to a running sweep, an attempt continues from a checkpoint, early stopping spares
 * some trials to see what it would have missed, other programs tell metrics of their own.
 *
 * The trigger of an ended trial is stricter than before: queueing it again may change its state and `retries`, nothing else.
 */
import { trials as firstTrials } from '../0001-initial/views.js';
import { epochs } from '../0002-regularizers/index.js';
import { attempts as firstAttempts } from '../0003-choices/index.js';
import type { Migration } from '../migration.js';
import { withColumn } from '../with-column.js';

const json = (column: string): string => `TEXT CHECK (${column} IS NULL OR json_valid(${column}))`;

const columns = [
  `ALTER TABLE trial ADD COLUMN metrics ${json('metrics')}`,
  'ALTER TABLE trial ADD COLUMN added INTEGER NOT NULL DEFAULT 0 CHECK (added IN (0, 1))',
  'CREATE INDEX trial_added ON trial (sweep_id) WHERE added = 1',
  'ALTER TABLE trial ADD COLUMN spared_epoch INTEGER CHECK (spared_epoch >= 1)',
  `ALTER TABLE epoch ADD COLUMN metrics ${json('metrics')}`,
  'ALTER TABLE attempt ADD COLUMN resumed_epoch INTEGER CHECK (resumed_epoch >= 1)',
];

const metrics = 'metrics AS metrics, -- what the program of a command trial told beside our own columns, as JSON';
const added = 'trial.added AS added, -- 1 if a person added it to a running sweep';
const sparedEpoch =
  'trial.spared_epoch AS spared_epoch, -- epoch after which early stopping would have ended it, had it not been spared';
const resumedEpoch = 'attempt.resumed_epoch AS resumed_epoch, -- epoch of the checkpoint that it continued from';

const fixed = [
  'id',
  'sweep_id',
  'number',
  'cell_hash',
  'cell_group',
  'parameters',
  'attempts',
  'added',
  'spared_epoch',
];
const results = ['nfe', 'loss', 'accuracy', 'train_loss', 'train_seconds', 'predict_seconds', 'epochs', 'nonfinite'];
const unchanged = [...fixed, ...results, 'metrics', 'model_file'].map((name) => `NEW.${name} IS OLD.${name}`);

const trigger = `
CREATE TRIGGER terminal_trial_is_not_updated BEFORE UPDATE ON trial
WHEN OLD.state IN ('completed', 'failed', 'pruned', 'cancelled', 'timed_out', 'diverged')
  AND NOT (OLD.state <> 'completed' AND NEW.state = 'queued' AND NEW.retries = OLD.retries + 1
    AND ${unchanged.join(' AND ')})
BEGIN SELECT RAISE(ABORT, 'a trial that has ended is immutable'); END
`;

export const trials = withColumn(
  withColumn(withColumn(firstTrials, 'attempts', added), 'added', sparedEpoch),
  'epochs',
  `trial.${metrics}`,
);

export const attempts = withColumn(firstAttempts, 'choices', resumedEpoch);

export const orchestration: Migration = {
  version: 5,
  name: 'orchestration',
  statements: [
    ...columns,
    ...['trials', 'epochs', 'attempts'].map((view) => `DROP VIEW ${view}`),
    trials,
    withColumn(epochs, 'nonfinite', `epoch.${metrics}`),
    attempts,
    'DROP TRIGGER terminal_trial_is_not_updated',
    trigger,
  ],
};
