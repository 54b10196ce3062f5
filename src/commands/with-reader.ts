/** A command's look into the database: opened for it, and closed however it ends. */
import { openReader, type Reader } from '../../db/index.js';
import { databasePath, type CommandContext, type DatabaseOptions } from './command-context.js';

export async function withReader(
  context: CommandContext,
  options: DatabaseOptions,
  look: (reader: Reader) => Promise<void>,
): Promise<void> {
  const reader = await openReader(databasePath(context, options));
  try {
    await look(reader);
  } finally {
    await reader.close();
  }
}
