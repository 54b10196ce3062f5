/** A neural ODE bound to an engine and to its flat parameter vector (encode, field, decode in this order). */
import type { CompiledChain, Engine, Parameters } from '../engines/engine.js';
import type { NeuralOde } from '../models/neural-ode.js';
import type { AugmentedField, TrajectoryRegularizer } from '../regularizers/regularizer.js';

export interface CompiledModel {
  readonly model: NeuralOde;
  readonly encode: CompiledChain | null;
  readonly field: CompiledChain;
  readonly decode: CompiledChain | null;
  /** The field that training solves where a trajectory regulariser adds a state to it; null: `field`. */
  readonly augmented: AugmentedField | null;
}

export function compileModel(
  engine: Engine,
  model: NeuralOde,
  parameters: Parameters,
  trajectory: TrajectoryRegularizer | null,
): CompiledModel {
  const { encode, field, decode } = model;
  const fieldOffset = encode?.parameterCount ?? 0;
  return {
    model,
    encode: encode && engine.compile(encode, parameters, 0),
    field: engine.compile(field, parameters, fieldOffset),
    decode: decode && engine.compile(decode, parameters, fieldOffset + field.parameterCount),
    augmented: trajectory?.augment(engine, field, parameters, fieldOffset) ?? null,
  };
}
