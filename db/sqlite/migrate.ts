/** Brings a database up to the program's schema, one transaction a migration. */
import type { Database } from 'better-sqlite3';
import { migrations } from '../migrations/index.js';
import { applicationId, readIdentity } from './identity.js';

/** @throws UserError for a foreign or newer database; then nothing has changed. */
export function migrate(database: Database, path: string): void {
  for (const { version, statements } of migrations) {
    database
      .transaction(() => {
        // Read inside the transaction: the version that is acted on is the one that is locked.
        if (readIdentity(database, path) >= version) return;
        for (const statement of statements) database.exec(statement);
        database.pragma(`application_id = ${applicationId}`);
        database.pragma(`user_version = ${version}`);
      })
      .immediate();
  }
}
