/** The sweep that a command is about: the one named, or the one with the latest activity. */
import type { Reader, SweepSummary } from '../../db/index.js';
import { UserError } from '../errors.js';

/** @throws UserError if there is none of that name, or none at all */
export async function namedSweep(reader: Reader, name: string | undefined): Promise<SweepSummary> {
  if (name !== undefined) return reader.sweep(name);
  const sweeps = await reader.sweeps();
  const [latest] = [...sweeps].sort((a, b) => b.lastActivityAt.localeCompare(a.lastActivityAt));
  if (sweeps.length > 0) return latest;
  throw new UserError('usage', 'The database holds no sweep yet.', {
    hint: 'Run one: `sweep run sweeps/quickstart.yaml`.',
  });
}
