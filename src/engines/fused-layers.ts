/**
 * The layers of a chain with neighbours grouped: [concat-time,] dense [, activation] is one piece, what stands alone is
 * a piece of its own. For engines that compute such a piece in one go.
 */
import { layoutChain } from './chain-layout.js';
import type { ActivationKind, Chain, Layer } from './layer.js';

export interface DensePiece {
  readonly kind: 'dense';
  /** Columns of x, without time's. */
  readonly inputs: number;
  readonly outputs: number;
  readonly time: boolean;
  readonly bias: boolean;
  readonly activation: ActivationKind | 'none';
  /** Where the weights start in the parameter vector. */
  readonly offset: number;
}

export type FusedPiece =
  | DensePiece
  | { readonly kind: 'power'; readonly exponent: number; readonly width: number }
  | { readonly kind: ActivationKind; readonly width: number };

/** @param offset where the chain's parameters start in the parameter vector @throws as `layoutChain` */
export function fuseLayers(chain: Chain, offset: number): readonly FusedPiece[] {
  const placed = layoutChain(chain);
  const pieces: FusedPiece[] = [];
  for (let i = 0; i < placed.length; i++) {
    const { layer, inputs: width } = placed[i];
    switch (layer.kind) {
      case 'concat-time':
        break;
      case 'dense': {
        const time = i > 0 && placed[i - 1].layer.kind === 'concat-time';
        const activation = activationOf(placed.at(i + 1)?.layer);
        pieces.push({
          kind: 'dense',
          inputs: time ? width - 1 : width,
          outputs: layer.outputs,
          time,
          bias: layer.bias !== false,
          activation,
          offset: offset + placed[i].offset,
        });
        if (activation !== 'none') i++;
        break;
      }
      case 'power':
        pieces.push({ kind: 'power', exponent: layer.exponent, width });
        break;
      case 'tanh':
      case 'relu':
      case 'sigmoid':
        pieces.push({ kind: layer.kind, width });
        break;
    }
  }
  return pieces;
}

function activationOf(layer: Layer | undefined): ActivationKind | 'none' {
  if (layer?.kind === 'tanh' || layer?.kind === 'relu' || layer?.kind === 'sigmoid') return layer.kind;
  return 'none';
}
