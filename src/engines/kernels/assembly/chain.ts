/**
 * A whole chain in one call: its fused pieces as descriptors in memory, run one after the other.
 *
 * Invariant: a piece reads x and y of its own evaluation, so that activations hold only what lies between pieces.
 * The host writes the descriptors (`kernels/chain.ts` has their places) and packs the weights before it calls.
 */
import { NONE, activate, power, pullActivation, pullPower } from './activation';
import { denseForward, denseGradient, denseInputCotangent } from './dense';

/** As `pieceCodes` of `kernels/step.ts`. */
const DENSE: i32 = 0;
const POWER: i32 = 1;

/** One fused piece: [concat-time,] dense [, activation], a power, or an activation. */
@unmanaged
class Piece {
  kind: i32;
  inputs: i32;
  outputs: i32;
  /** Exponent of a power; else the activation's code. */
  operation: i32;
  /** Of a dense layer: whether it has the time column and biases, its packed weights, and where its gradient lies. */
  time: i32;
  biased: i32;
  forwardPanels: usize;
  backwardPanels: usize;
  gradient: usize;
}

/** The chain's head; its pieces follow. The cells hold addresses of scratch blocks, which may move between calls. */
@unmanaged
class Program {
  pieces: i32;
  /** Columns of x. */
  inputs: i32;
  /** Cells of the two blocks used in turn, so that a piece never overwrites what it reads: outputs, cotangents. */
  outputCells: usize;
  cotangentCells: usize;
  preactivationCell: usize;
  gradientCell: usize;
  startCell: usize;
  /** 32 bytes of zeros. */
  zeros: usize;
}

@inline
function pieceOf(program: usize, index: i32): Piece {
  return changetype<Piece>(program + offsetof<Program>() + <usize>index * offsetof<Piece>());
}

/** One of the two blocks that cells point to, in turn. */
@inline
function inTurn(cells: usize, index: i32): usize {
  return <usize>load<u32>(cells + (<usize>(index & 1) << 2));
}

@inline
function between(kept: usize, index: i32): usize {
  return <usize>load<u32>(kept + (<usize>index << 2));
}

/** y = chain(x) at time t. @param kept addresses of what lies between pieces, to be filled; 0: it need not stay */
export function evaluateChain<T>(program: usize, t: f64, rows: i32, x: usize, y: usize, kept: usize): void {
  const head = changetype<Program>(program);
  const last = head.pieces - 1;
  if (last < 0) memory.copy(y, x, <usize>(rows * head.inputs) * sizeof<T>());
  for (let i = 0; i <= last; i++) {
    const piece = pieceOf(program, i);
    const to = i == last ? y : kept != 0 ? between(kept, i) : inTurn(head.outputCells, i);
    const inputs = piece.inputs;
    const outputs = piece.outputs;
    if (piece.kind == DENSE) {
      const start = <usize>load<u32>(head.startCell);
      denseForward<T>(t, x, rows, inputs, outputs, piece.forwardPanels, piece.biased, start, piece.operation, to);
    } else if (piece.kind == POWER) power<T>(piece.operation, x, rows * inputs, to);
    else activate<T>(piece.operation, x, rows * inputs, to);
    x = to;
  }
}

/**
 * xBar = (∂y/∂x)ᵀ yBar, and adds (∂y/∂θ)ᵀ yBar to the gradient.
 * @param kept as `evaluateChain` left it @param xBar 0: not wanted @param intoGradient 0: the gradient stays
 */
export function pullChain<T>(
  program: usize,
  t: f64,
  rows: i32,
  x: usize,
  y: usize,
  kept: usize,
  yBar: usize,
  xBar: usize,
  intoGradient: i32,
): void {
  const head = changetype<Program>(program);
  if (head.pieces == 0 && xBar != 0) memory.copy(xBar, yBar, <usize>(rows * head.inputs) * sizeof<T>());
  for (let i = head.pieces - 1; i >= 0; i--) {
    const piece = pieceOf(program, i);
    const source = i == 0 ? x : between(kept, i - 1);
    const to = i == 0 ? xBar : inTurn(head.cotangentCells, i);
    if (piece.kind == DENSE) pullDense<T>(head, piece, t, rows, source, y, yBar, to, intoGradient);
    else if (to != 0) {
      const count = rows * piece.inputs;
      if (piece.kind == POWER) pullPower<T>(piece.operation, source, yBar, count, to);
      else pullActivation<T>(piece.operation, y, yBar, count, to);
    }
    y = source;
    yBar = to;
  }
}

function pullDense<T>(
  head: Program,
  piece: Piece,
  t: f64,
  rows: i32,
  x: usize,
  y: usize,
  yBar: usize,
  xBar: usize,
  intoGradient: i32,
): void {
  const inputs = piece.inputs;
  const outputs = piece.outputs;
  let dz = yBar;
  if (piece.operation != NONE) {
    dz = <usize>load<u32>(head.preactivationCell);
    pullActivation<T>(piece.operation, y, yBar, rows * outputs, dz);
  }
  if (intoGradient != 0) {
    const scratch = <usize>load<u32>(head.gradientCell);
    denseGradient<T>(t, x, dz, rows, inputs, outputs, piece.time, piece.biased, piece.gradient, scratch);
  }
  if (xBar != 0) denseInputCotangent<T>(dz, rows, inputs, outputs, piece.backwardPanels, head.zeros, xBar);
}

/** yDot = (∂y/∂x) xDot + (∂y/∂t) tDot. @param kept as `evaluateChain` left it @param yDot never xDot itself */
export function pushChain<T>(
  program: usize,
  tDot: f64,
  rows: i32,
  x: usize,
  y: usize,
  kept: usize,
  xDot: usize,
  yDot: usize,
): void {
  const head = changetype<Program>(program);
  const last = head.pieces - 1;
  if (last < 0) memory.copy(yDot, xDot, <usize>(rows * head.inputs) * sizeof<T>());
  for (let i = 0; i <= last; i++) {
    const piece = pieceOf(program, i);
    const output = i == last ? y : between(kept, i);
    const to = i == last ? yDot : inTurn(head.outputCells, i);
    const inputs = piece.inputs;
    const outputs = piece.outputs;
    // Jacobians of activations and powers are diagonal: the kernel of their pullback serves both directions.
    if (piece.kind == DENSE) {
      const start = <usize>load<u32>(head.startCell);
      denseForward<T>(tDot, xDot, rows, inputs, outputs, piece.forwardPanels, 0, start, NONE, to);
      if (piece.operation != NONE) pullActivation<T>(piece.operation, output, to, rows * outputs, to);
    } else if (piece.kind == POWER) pullPower<T>(piece.operation, x, xDot, rows * inputs, to);
    else pullActivation<T>(piece.operation, output, xDot, rows * inputs, to);
    x = output;
    xDot = to;
  }
}
