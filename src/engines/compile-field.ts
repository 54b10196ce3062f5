/** Binds a model's field to an engine, be it layers, which every engine runs, or a tfjs function. */
import { UserError } from '../errors.js';
import { requirePlace } from './chain-layout.js';
import type { CompiledChain, Engine, Parameters } from './engine.js';
import type { Chain } from './layer.js';
import { tfjsEngineNames } from './names.js';
import type { TfjsBridge } from './tfjs/bridge.js';
import { CompiledTfjsField } from './tfjs/compiled-field.js';
import type { TfjsField } from './tfjs/field.js';

/** What both kinds of field are once they are compiled. */
export type CompiledField = Omit<CompiledChain, 'chain'>;

/** @throws UserError if the engine cannot run the field */
export function compileField(
  engine: Engine,
  field: Chain | TfjsField,
  parameters: Parameters,
  offset: number,
): CompiledField {
  if ('layers' in field) return engine.compile(field, parameters, offset);
  const bridge = requireTfjs(engine);
  requirePlace(field, offset, parameters.count);
  return new CompiledTfjsField(bridge, field, parameters, offset);
}

/** @throws UserError if the engine runs no tfjs functions, or a package that it needs for them is missing */
export function requireTfjs({ name, tfjs }: Engine): TfjsBridge {
  if (tfjs === undefined) throw runsNoTfjs(name);
  return tfjs;
}

/** An engine was asked for that runs no fields of tfjs functions. */
export function runsNoTfjs(engine: string): UserError {
  return new UserError('usage', `This model's field is a tfjs function, which the engine ${engine} does not run.`, {
    hint: `Set \`engine\` to ${tfjsEngineNames.join(' or ')}.`,
  });
}
