/** Every migration, in order. Append only. */
import { initial } from './0001-initial/index.js';
import { regularizers } from './0002-regularizers/index.js';
import { choices } from './0003-choices/index.js';
import { retries } from './0004-retries/index.js';
import { orchestration } from './0005-orchestration/index.js';
import { evaluationsMigration } from './0006-evaluations/index.js';
import { plans } from './0007-plans/index.js';
import { objectivesMigration } from './0008-objectives/index.js';
import type { Migration } from './migration.js';

export const migrations: readonly Migration[] = [
  initial,
  regularizers,
  choices,
  retries,
  orchestration,
  evaluationsMigration,
  plans,
  objectivesMigration,
];

/** The schema version that this program writes and reads. */
export const schemaVersion = migrations.length;
