/**
 * A neural ODE as data: encode → solve → decode, each with its own pullback, so that no tape ever spans the solver.
 */
import { denseParameterCount, type Chain } from '../engines/layer.js';
import type { TfjsField } from '../engines/tfjs/field.js';
import { initialValues } from './tfjs-field.js';

export interface NeuralOde {
  /** inputs → state at t0; null: the inputs are the state. */
  readonly encode: Chain | null;
  /** dy/dt = field(t, y). */
  readonly field: Chain | TfjsField;
  /** state → outputs, applied at each output time; null: the state is the output. */
  readonly decode: Chain | null;
  readonly t0: number;
  readonly t1: number;
  /** Output times within [t0, t1], in order; null: t1 only. */
  readonly saveat: readonly number[] | null;
}

/** The model's parts in the order in which they lie in the flat parameter vector. */
function partsOf({ encode, field, decode }: NeuralOde): readonly (Chain | TfjsField)[] {
  return [encode, field, decode].filter((part) => part !== null);
}

/** The model's chains, in the same order; a field that is a tfjs function is none. */
export function chainsOf(model: NeuralOde): readonly Chain[] {
  return partsOf(model).filter((part) => 'layers' in part);
}

export function parameterCountOf(model: NeuralOde): number {
  return partsOf(model).reduce((sum, { parameterCount }) => sum + parameterCount, 0);
}

/**
 * Glorot uniform weights, zero biases: W ~ U(−a, a), a = √(6 / (inputs + outputs)) (Glorot & Bengio 2010,
 * eq. 16), drawn layer by layer, row by row; those of a tfjs function as it declares them.
 * @param uniform draws from U[0, 1)
 */
export function glorotParameters(model: NeuralOde, uniform: () => number): Float64Array {
  const values = new Float64Array(parameterCountOf(model));
  let offset = 0;
  for (const part of partsOf(model)) {
    if (!('layers' in part)) {
      values.set(initialValues(part, uniform), offset);
      offset += part.parameterCount;
      continue;
    }
    for (const layer of part.layers) {
      if (layer.kind !== 'dense') continue;
      const bound = Math.sqrt(6 / (layer.inputs + layer.outputs));
      const weights = layer.inputs * layer.outputs;
      for (let k = 0; k < weights; k += 1) values[offset + k] = -bound + 2 * bound * uniform();
      offset += denseParameterCount(layer);
    }
  }
  return values;
}
