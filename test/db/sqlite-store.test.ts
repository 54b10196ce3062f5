import { join } from 'node:path';
import Database from 'better-sqlite3';
import { openStore } from '../../db/index.js';
import { describeStore } from './store-contract.js';
import { withTemporaryDirectory } from './temporary-directory.js';

describeStore('A SQLite file', (body) =>
  withTemporaryDirectory((directory) => {
    const file = join(directory, 'sweeps.sqlite');
    const past = <T>(action: (database: Database.Database) => T): Promise<T> =>
      new Promise((fulfil) => {
        const database = new Database(file, { fileMustExist: true });
        try {
          fulfil(action(database));
        } finally {
          database.close();
        }
      });
    return body({
      open: () => openStore(file),
      execute: (sql) => past((database) => void database.exec(sql)),
      query: (sql) => past((database) => database.prepare<[], Record<string, unknown>>(sql).all()),
    });
  }),
);
