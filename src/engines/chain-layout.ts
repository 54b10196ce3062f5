/**
 * Where each layer of a chain finds its columns and its parameters: the walk that every engine's `compile` makes.
 *
 * Invariant: the widths of neighbours fit, the parameters fill `chain.parameterCount` without a gap, and
 * `concat-time` stands directly before a dense layer.
 */
import { UserError } from '../errors.js';
import { denseParameterCount, type Chain, type Layer } from './layer.js';

export interface PlacedLayer {
  readonly layer: Layer;
  /** Columns that enter and leave the layer. */
  readonly inputs: number;
  readonly outputs: number;
  /** Where the layer's parameters start, counted from the start of the chain's. */
  readonly offset: number;
}

/** @throws UserError that names the layer whose width, exponent or place is wrong. */
export function layoutChain(chain: Chain): readonly PlacedLayer[] {
  const placed: PlacedLayer[] = [];
  let width = chain.inputs;
  let offset = 0;
  for (const [index, layer] of chain.layers.entries()) {
    const wrong = (message: string): UserError =>
      new UserError('usage', `Layer ${index + 1} of ${chain.layers.length} (${layer.kind}) ${message}.`, {
        hint: 'Correct the layers of the model.',
      });
    let outputs = width;
    let parameterCount = 0;
    switch (layer.kind) {
      case 'dense':
        if (layer.inputs !== width) throw wrong(`takes ${layer.inputs} columns, but ${width} arrive`);
        outputs = layer.outputs;
        parameterCount = denseParameterCount(layer);
        break;
      case 'concat-time':
        if (layer.inputs !== width) throw wrong(`takes ${layer.inputs} columns, but ${width} arrive`);
        if (chain.layers[index + 1]?.kind !== 'dense') throw wrong('must stand directly before a dense layer');
        outputs = width + 1;
        break;
      case 'power':
        if (!Number.isInteger(layer.exponent) || layer.exponent < 1) {
          throw wrong(`needs a positive integer exponent, got ${layer.exponent}`);
        }
        break;
      case 'tanh':
      case 'relu':
      case 'sigmoid':
        break;
      default:
        layer satisfies never;
        throw wrong('is not a layer this engine knows');
    }
    placed.push({ layer, inputs: width, outputs, offset });
    width = outputs;
    offset += parameterCount;
  }
  if (width !== chain.outputs || offset !== chain.parameterCount) {
    throw new Error(
      `The layers make ${width} outputs and ${offset} parameters, but the chain says ` +
        `${chain.outputs} and ${chain.parameterCount}.`,
    );
  }
  return placed;
}

/** @throws Error unless a chain's parameters, placed at `offset`, fit in a vector of `count`. */
export function requirePlace(chain: Pick<Chain, 'parameterCount'>, offset: number, count: number): void {
  if (!Number.isInteger(offset) || offset < 0 || offset + chain.parameterCount > count) {
    throw new Error(
      `compile: a chain of ${chain.parameterCount} parameters at offset ${offset} does not fit in ${count} parameters.`,
    );
  }
}
