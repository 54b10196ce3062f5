/** The one door to SQL: everything outside db/ goes through here. */
export type * from './reader.js';
export { resolveDatabasePath, type DatabaseChoice } from './resolve-database-path.js';
export { openReader } from './sqlite/open-reader.js';
export { openStore, type OpenStoreOptions } from './sqlite/open-store.js';
