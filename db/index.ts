/** The one door to SQL: everything outside db/ goes through here. What reads and writes SQL is loaded with the first database. */
import type { Store } from '../src/sweep/store.js';
import type { Reader } from './reader.js';
import type { OpenStoreOptions } from './sqlite/open-store.js';

export type * from './reader.js';
export { resolveDatabasePath, type DatabaseChoice } from './resolve-database-path.js';
export type { OpenStoreOptions };

/** As `sqlite/open-reader.ts` says. */
export async function openReader(path: string): Promise<Reader> {
  const sqlite = await import('./sqlite/open-reader.js');
  return sqlite.openReader(path);
}

/** As `sqlite/open-store.ts` says. */
export async function openStore(path: string, options?: OpenStoreOptions): Promise<Store> {
  const sqlite = await import('./sqlite/open-store.js');
  return sqlite.openStore(path, options);
}
