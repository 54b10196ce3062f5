/**
 * The views of frontiers compare what each sweep compares, instead of nfe and loss; attempts tell what limits they ran
 * under.
 */
import { attempts } from '../0005-orchestration/index.js';
import type { Migration } from '../migration.js';
import { withColumn } from '../with-column.js';
import { pareto, paretoByCell, paretoEvaluated } from './views.js';

const limits: readonly (readonly [after: string, column: string])[] = [
  [
    'wall_seconds',
    'attempt.timeout_seconds AS timeout_seconds, -- most wall time that it was given; NULL: no limit, or not recorded',
  ],
  [
    'timeout_seconds',
    'attempt.memory_megabytes AS memory_megabytes, -- most memory that it was given, in MiB; NULL: no limit, or not recorded',
  ],
];

export const objectivesMigration: Migration = {
  version: 8,
  name: 'objectives',
  statements: [
    'ALTER TABLE attempt ADD COLUMN timeout_seconds REAL CHECK (timeout_seconds > 0)',
    'ALTER TABLE attempt ADD COLUMN memory_megabytes INTEGER CHECK (memory_megabytes > 0)',
    ...['pareto', 'pareto_by_cell', 'pareto_evaluated', 'attempts'].map((view) => `DROP VIEW ${view}`),
    limits.reduce((view, [after, column]) => withColumn(view, after, column), attempts),
    pareto,
    paretoByCell,
    paretoEvaluated,
  ],
};
