/** The calls of each piece of a chain. */
import type { FusedPiece } from '../fused-layers.js';
import { DensePieceCalls } from './dense-piece.js';
import type { WebgpuParameters } from './parameters.js';
import type { ChainHost, Piece } from './piece.js';
import { groupsFor } from './program.js';
import { activationCodes } from './programs/elementary.js';
import { activateEntries, activationSlope, powerEntries, powerSlope } from './programs/entrywise.js';

export function createPiece(piece: FusedPiece, host: ChainHost, parameters: WebgpuParameters): Piece {
  const { commands } = host;
  switch (piece.kind) {
    case 'dense':
      return new DensePieceCalls(piece, host, parameters);
    case 'power': {
      const { exponent, width } = piece;
      const slope = (rows: number, x: number, d: number, to: number): void => {
        const count = rows * width;
        commands.call(powerSlope, { to, x, d, exponent, count }, [groupsFor(count)]);
      };
      return {
        evaluate: (_t, rows, x, to) => {
          const count = rows * width;
          commands.call(powerEntries, { to, x, exponent, count }, [groupsFor(count)]);
        },
        pullback: (_t, rows, x, _y, yBar, to) => to !== null && slope(rows, x, yBar, to),
        pushforward: (_tDot, rows, x, _y, xDot, to) => slope(rows, x, xDot, to),
      };
    }
    case 'tanh':
    case 'relu':
    case 'sigmoid': {
      const { width } = piece;
      const kind = activationCodes[piece.kind];
      const slope = (rows: number, y: number, d: number, to: number): void => {
        const count = rows * width;
        commands.call(activationSlope, { to, y, d, kind, count }, [groupsFor(count)]);
      };
      return {
        evaluate: (_t, rows, x, to) => {
          const count = rows * width;
          commands.call(activateEntries, { to, x, kind, count }, [groupsFor(count)]);
        },
        pullback: (_t, rows, _x, y, yBar, to) => to !== null && slope(rows, y, yBar, to),
        pushforward: (_tDot, rows, _x, y, xDot, to) => slope(rows, y, xDot, to),
      };
    }
  }
}
