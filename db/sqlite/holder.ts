/**
 * Names the process that holds the coordinator lock, for people who meet it.
 *
 * Kept in the database, which everyone may read while it is held; the row of a killed process stays
 * until the next one takes over, so that it is believed only together with the lock.
 */
import { hostname } from 'node:os';
import type { Database } from 'better-sqlite3';
import { now } from '../now.js';

export interface Holder {
  readonly host: string;
  readonly pid: number;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
}

export function writeHolder(database: Database): void {
  database
    .prepare('INSERT OR REPLACE INTO coordinator (id, host, pid, started_at) VALUES (1, ?, ?, ?)')
    .run(hostname(), process.pid, now());
}

export function clearHolder(database: Database): void {
  database.prepare('DELETE FROM coordinator').run();
}

/** The last holder that did not say goodbye; null if there is none. */
export function readHolder(database: Database): Holder | null {
  const row = database.prepare<[], Holder>('SELECT host, pid, started_at AS startedAt FROM coordinator').get();
  return row ?? null;
}
