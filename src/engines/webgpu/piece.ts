/** What a chain is made of once its neighbours are grouped. Blocks are given by the word where they start. */
import type { Blocks } from './blocks.js';
import type { Commands } from './commands.js';
import type { TensorPool } from './tensor.js';
import type { Workspace } from './workspace.js';

/** What of its engine a chain works with. */
export interface ChainHost {
  readonly blocks: Blocks;
  readonly commands: Commands;
  readonly tensors: TensorPool;
  readonly workspace: Workspace;
}

export interface Piece {
  evaluate(t: number, rows: number, x: number, to: number): void;
  /** @param to null where the cotangent of x is not wanted */
  pullback(t: number, rows: number, x: number, y: number, yBar: number, to: number | null, intoGradient: boolean): void;
  pushforward(tDot: number, rows: number, x: number, y: number, xDot: number, to: number): void;
}
