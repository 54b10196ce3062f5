/** Random chains, shapes and entries for property tests. */
import fc from 'fast-check';
import type { Chain, Layer } from '../../src/engines/layer.js';

/** One step of a random chain before widths are known. */
type Piece = DensePiece | Exclude<Layer, { readonly kind: 'dense' } | { readonly kind: 'concat-time' }>;
interface DensePiece {
  readonly kind: 'dense';
  readonly outputs: number;
  readonly time: boolean;
  readonly bias: boolean;
}

function buildChain(inputs: number, pieces: readonly Piece[]): Chain {
  const layers: Layer[] = [];
  let width = inputs;
  let parameterCount = 0;
  for (const piece of pieces) {
    if (piece.kind !== 'dense') {
      layers.push(piece);
      continue;
    }
    if (piece.time) layers.push({ kind: 'concat-time', inputs: width });
    const columns = width + (piece.time ? 1 : 0);
    layers.push({ kind: 'dense', inputs: columns, outputs: piece.outputs, bias: piece.bias });
    parameterCount += (columns + (piece.bias ? 1 : 0)) * piece.outputs;
    width = piece.outputs;
  }
  return { inputs, outputs: width, layers, parameterCount };
}

/** Legal chains whose dense layers are up to `width` wide; neighbours in any order. */
export function chainsOfWidth(width: number): fc.Arbitrary<Chain> {
  const columns = fc.integer({ min: 1, max: width });
  const piece = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('dense' as const),
        outputs: columns,
        time: fc.boolean(),
        bias: fc.boolean(),
      }),
    },
    { weight: 3, arbitrary: fc.constantFrom({ kind: 'tanh' }, { kind: 'sigmoid' }, { kind: 'relu' } as const) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('power' as const), exponent: fc.integer({ min: 1, max: 3 }) }),
    },
  ) as fc.Arbitrary<Piece>;
  return fc
    .tuple(columns, fc.array(piece, { minLength: 0, maxLength: 6 }))
    .map(([inputs, pieces]) => buildChain(inputs, pieces));
}

export const chains = chainsOfWidth(5);

/** Rows and columns, odd ones and 1 among them. */
export const shapes = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 7 }));

/** `count` numbers in [−limit, limit], away from 0 where relu and |·| have no slope. */
export const entries = (count: number, limit: number): fc.Arbitrary<number[]> =>
  fc.array(
    fc
      .tuple(fc.integer({ min: 50, max: 1000 }), fc.boolean())
      .map(([thousandths, negative]) => ((negative ? -limit : limit) * thousandths) / 1000),
    { minLength: count, maxLength: count },
  );
