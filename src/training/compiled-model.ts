/** A neural ODE bound to an engine and to its flat parameter vector (encode, field, decode in this order). */
import type { CompiledChain, Engine, Parameters } from '../engines/engine.js';
import type { NeuralOde } from '../models/neural-ode.js';

export interface CompiledModel {
  readonly model: NeuralOde;
  readonly encode: CompiledChain | null;
  readonly field: CompiledChain;
  readonly decode: CompiledChain | null;
}

export function compileModel(engine: Engine, model: NeuralOde, parameters: Parameters): CompiledModel {
  const { encode, field, decode } = model;
  const fieldOffset = encode?.parameterCount ?? 0;
  return {
    model,
    encode: encode && engine.compile(encode, parameters, 0),
    field: engine.compile(field, parameters, fieldOffset),
    decode: decode && engine.compile(decode, parameters, fieldOffset + field.parameterCount),
  };
}
