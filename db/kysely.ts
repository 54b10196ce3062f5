/**
 * Kysely as CommonJS: so its 260 files load in little more than half the time that they take as ES modules, for which every
 * command that opens a database would wait. Types come from the package itself.
 */
import { createRequire } from 'node:module';
import type * as Package from 'kysely';

export const { Kysely, SqliteDialect, sql } = createRequire(import.meta.url)('kysely') as typeof Package;
