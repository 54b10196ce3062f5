/** The one door to SQL: everything outside db/ goes through here. */
export { openStore, type OpenStoreOptions } from './sqlite/open-store.js';
export { resolveDatabasePath, type DatabaseChoice } from './resolve-database-path.js';
