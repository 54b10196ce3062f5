/** The first schema: sweeps, trials, attempts, epochs, and the views that people query. */
import type { Migration } from '../migration.js';
import { tables } from './tables.js';
import { triggers } from './triggers.js';
import { views } from './views.js';

export const initial: Migration = { version: 1, name: 'initial', statements: [tables, triggers, ...views] };
