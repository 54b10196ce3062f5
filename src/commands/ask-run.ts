/** What `sweep stop`, `pause`, `resume`, `kill` and `change` do: ask the run of a database, and tell what it answered. */
import { UserError } from '../errors.js';
import { askRun } from '../sweep/control/client.js';
import type { ControlRequest } from '../sweep/control/protocol.js';
import { existingDatabase, writeJson, type CommandContext, type DatabaseOptions } from './command-context.js';

/** @throws UserError if no run listens, or it refuses */
export async function askOf(context: CommandContext, options: DatabaseOptions, request: ControlRequest): Promise<void> {
  const database = existingDatabase(context, options);
  const { done, message } = await askRun(database, request);
  if (!done) throw new UserError('usage', message);
  if (options.json === true) writeJson(context, { done, message });
  else context.stdout.write(`${message}\n`);
}
