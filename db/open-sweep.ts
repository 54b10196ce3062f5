/** A sweep is found by its name or made; what the file asks for this time replaces what it asked for before. */
import type { Transaction } from 'kysely';
import { UserError } from '../src/errors.js';
import type { OpenedSweep, SweepDeclaration } from '../src/sweep/store.js';
import { now } from './now.js';
import type { Tables } from './tables.js';

/** @throws UserError if the stored sweep has another task or seed */
export async function openSweep(trx: Transaction<Tables>, declaration: SweepDeclaration): Promise<OpenedSweep> {
  const { name, task, seed } = declaration;
  const asked = {
    objectives: JSON.stringify(declaration.objectives),
    axes: JSON.stringify(declaration.axes),
    specification: declaration.specification,
  };
  const stored = await trx
    .selectFrom('sweep')
    .select(['id', 'task', 'seed', 'plan_digest', 'plan_size'])
    .where('name', '=', name)
    .executeTakeFirst();
  if (stored === undefined) {
    const { id } = await trx
      .insertInto('sweep')
      .values({ name, task, seed, ...asked, created_at: now() })
      .returning('id')
      .executeTakeFirstOrThrow();
    return { ...declaration, id, existed: false, plan: null };
  }
  for (const key of ['task', 'seed'] as const) {
    if (stored[key] === declaration[key]) continue;
    throw new UserError(
      'usage',
      `The sweep "${name}" is stored with ${key} ${stored[key]}, but the file asks for ${key} ${declaration[key]}.`,
      { hint: `Give the sweep another name, restore its ${key}, or use --db to name another file.` },
    );
  }
  await trx.updateTable('sweep').set(asked).where('id', '=', stored.id).execute();
  const { id, plan_digest: digest, plan_size: size } = stored;
  return { ...declaration, id, existed: true, plan: digest === null || size === null ? null : { digest, size } };
}
