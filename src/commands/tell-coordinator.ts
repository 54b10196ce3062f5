/** Who writes a database, told below the states of trials: those that a dead run left behind still stand as running. */
import type { Reader } from '../../db/index.js';
import type { CommandContext } from './command-context.js';

export async function tellCoordinator({ stdout }: CommandContext, reader: Reader): Promise<void> {
  const writer = await reader.coordinator();
  if (writer === null) return;
  const { pid, host, running } = writer;
  stdout.write(
    running
      ? `\nA run is going on: process ${pid} on ${host}.\n`
      : `\nNo run is going on: process ${pid} on ${host} ended without a word. The next run queues again what stands as running.\n`,
  );
}
