/**
 * How another terminal speaks to a run: one JSON line to a local socket, one JSON line back.
 *
 * The socket lies beside the database (`<database>-control`) or, where that path is too long for one, in the folder for
 * temporary files under a hash of it; on Windows it is a named pipe. Only its user may use it.
 */
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

export const controlRequest = z.discriminatedUnion('command', [
  z.object({ command: z.literal('stop'), mode: z.enum(['drain', 'abort']), sweep: z.string().nullable() }),
  z.object({ command: z.literal('pause'), paused: z.boolean(), sweep: z.string().nullable() }),
  z.object({
    command: z.literal('change'),
    /** Null: as it is. */
    workers: z.int().positive().nullable(),
    /** From the start of the run; null: as it is. */
    maxSeconds: z.number().positive().nullable(),
    /** Points, each as on the command line. */
    add: z.array(z.string()),
    sweep: z.string().nullable(),
  }),
  z.object({ command: z.literal('kill'), trials: z.array(z.int().positive()).min(1), sweep: z.string().nullable() }),
]);

/** `sweep` null: whichever runs. */
export type ControlRequest = z.output<typeof controlRequest>;

export const controlReply = z.object({ done: z.boolean(), message: z.string() });

/** `message` says in one sentence what was done, or why not. */
export type ControlReply = z.output<typeof controlReply>;

/** Shorter than the least limit of any system (104 bytes with its end). */
const longestPath = 100;

export function controlPath(database: string): string {
  const path = realpathSync(database);
  const name = createHash('sha256').update(path).digest('hex').slice(0, 24);
  if (process.platform === 'win32') return `\\\\.\\pipe\\paretode-${name}`;
  const beside = `${path}-control`;
  return Buffer.byteLength(beside) <= longestPath ? beside : join(tmpdir(), `paretode-${name}`);
}
