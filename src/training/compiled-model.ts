/** A neural ODE bound to an engine and to its flat parameter vector (encode, field, decode in this order). */
import { UserError } from '../errors.js';
import { compileField, type CompiledField } from '../engines/index.js';
import type { CompiledChain, Engine, Parameters } from '../engines/engine.js';
import type { NeuralOde } from '../models/neural-ode.js';
import type { AugmentedField, TrajectoryRegularizer } from '../regularizers/regularizer.js';

export interface CompiledModel {
  readonly model: NeuralOde;
  readonly encode: CompiledChain | null;
  readonly field: CompiledField;
  readonly decode: CompiledChain | null;
  /** The field that training solves where a trajectory regulariser adds a state to it; null: `field`. */
  readonly augmented: AugmentedField | null;
}

/** @throws UserError if the engine cannot run the field, or the regulariser has no use for it */
export function compileModel(
  engine: Engine,
  model: NeuralOde,
  parameters: Parameters,
  trajectory: TrajectoryRegularizer | null,
): CompiledModel {
  const { encode, field, decode } = model;
  const fieldOffset = encode?.parameterCount ?? 0;
  if (trajectory !== null && !('layers' in field)) throw hasNoTaylorCoefficients();
  return {
    model,
    encode: encode && engine.compile(encode, parameters, 0),
    field: compileField(engine, field, parameters, fieldOffset),
    decode: decode && engine.compile(decode, parameters, fieldOffset + field.parameterCount),
    augmented: 'layers' in field ? (trajectory?.augment(engine, field, parameters, fieldOffset) ?? null) : null,
  };
}

/** R_K was asked for of a field that is a tfjs function. */
export function hasNoTaylorCoefficients(): UserError {
  return new UserError(
    'usage',
    "taylor_weight must be 0: R_K needs the field's Taylor coefficients, which a tfjs function does not give.",
    { hint: 'Set taylor_weight to 0, or declare the field as layers.' },
  );
}
