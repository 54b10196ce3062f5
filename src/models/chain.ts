/**
 * Builds a chain of layers, inferring widths, so that a model reads like its formula.
 */
import { denseParameterCount, type ActivationKind, type Chain, type Layer } from '../engines/layer.js';

/** A layer whose input width comes from its place in the chain. */
export type LayerDeclaration = (inputs: number) => { readonly layer: Layer; readonly outputs: number };

/** W x + b; without bias W x. */
export function dense(outputs: number, { bias = true }: { readonly bias?: boolean } = {}): LayerDeclaration {
  return (inputs) => ({ layer: { kind: 'dense', inputs, outputs, ...(bias ? {} : { bias }) }, outputs });
}

/** [x; t], directly before a dense layer. */
export function concatTime(): LayerDeclaration {
  return (inputs) => ({ layer: { kind: 'concat-time', inputs }, outputs: inputs + 1 });
}

/** Elementwise x^exponent. */
export function power(exponent: number): LayerDeclaration {
  return (inputs) => ({ layer: { kind: 'power', exponent }, outputs: inputs });
}

export function activation(kind: ActivationKind): LayerDeclaration {
  return (inputs) => ({ layer: { kind }, outputs: inputs });
}

export function chain(inputs: number, declarations: readonly LayerDeclaration[]): Chain {
  const layers: Layer[] = [];
  let width = inputs;
  let parameterCount = 0;
  for (const declare of declarations) {
    const { layer, outputs } = declare(width);
    const previous = layers.at(-1);
    if (previous?.kind === 'concat-time' && layer.kind !== 'dense') {
      throw new Error(`concat-time must stand directly before a dense layer, not before ${layer.kind}.`);
    }
    if (layer.kind === 'dense') parameterCount += denseParameterCount(layer);
    layers.push(layer);
    width = outputs;
  }
  if (layers.at(-1)?.kind === 'concat-time') throw new Error('concat-time must stand directly before a dense layer.');
  return { inputs, outputs: width, layers, parameterCount };
}
