/**
 * A dense layer with the time column before it and the activation behind it, as one call each way.
 *
 * y = act(W x + (b + t w_t)). With dz = yBar · act′(y): W̄ += dzᵀ x, b̄ += Σ dz, w̄_t += t Σ dz, xBar = dz W.
 * Sums over rows of a batch run in blocks of `OUTER_ROWS`, in one fixed order.
 */
import { NONE, activate } from './activation';
import { packPanels, packStrips } from './pack';
import { BLOCK_ROWS, multiplyBlock, panelCount } from './product';
import { TILE_ROWS, outerTile, tileColumns } from './tile';

/** Rows of x and dz that are packed at a time for W̄: a panel then stays in L1. */
export const OUTER_ROWS: i32 = 128;

/**
 * @param packed by `packForward` @param biased 0: without b, as a tangent passes @param start scratch for one row of
 * padded outputs
 */
export function denseForward<T>(
  t: f64,
  x: usize,
  rows: i32,
  inputs: i32,
  outputs: i32,
  packed: usize,
  biased: i32,
  start: usize,
  activation: i32,
  y: usize,
): void {
  const padded = <usize>panelCount<T>(outputs) * 32;
  const biases = packed + padded * inputs;
  const time = v128.splat<T>(<T>t);
  for (let at: usize = 0; at < padded; at += 16) {
    const shift = v128.mul<T>(time, v128.load(biases + padded + at));
    v128.store(start + at, biased != 0 ? v128.add<T>(v128.load(biases + at), shift) : shift);
  }
  for (let row = 0; row < rows; row += BLOCK_ROWS) {
    const count = min(BLOCK_ROWS, rows - row);
    const target = y + <usize>row * outputs * sizeof<T>();
    multiplyBlock<T>(x + <usize>row * inputs * sizeof<T>(), count, inputs, packed, outputs, start, 32, target);
    if (activation != NONE) activate<T>(activation, target, count * outputs, target);
  }
}

/** xBar = dz W. @param packed panels of W without its time column @param zeros 32 bytes of zeros */
export function denseInputCotangent<T>(
  dz: usize,
  rows: i32,
  inputs: i32,
  outputs: i32,
  packed: usize,
  zeros: usize,
  xBar: usize,
): void {
  for (let row = 0; row < rows; row += BLOCK_ROWS) {
    const count = min(BLOCK_ROWS, rows - row);
    const from = dz + <usize>row * outputs * sizeof<T>();
    multiplyBlock<T>(from, count, outputs, packed, inputs, zeros, 0, xBar + <usize>row * inputs * sizeof<T>());
  }
}

/**
 * Adds W̄, w̄_t and b̄ to the gradient, which lies as the weights do.
 * @param scratch bytes: as `dense-step.ts` reserves
 */
export function denseGradient<T>(
  t: f64,
  x: usize,
  dz: usize,
  rows: i32,
  inputs: i32,
  outputs: i32,
  time: i32,
  biased: i32,
  gradient: usize,
  scratch: usize,
): void {
  const stride = <usize>(inputs + time) * sizeof<T>();
  const strips = scratch;
  const stripCount = (outputs + TILE_ROWS - 1) / TILE_ROWS;
  const panels = strips + <usize>stripCount * TILE_ROWS * OUTER_ROWS * sizeof<T>();
  const tile = panels + <usize>panelCount<T>(inputs) * OUTER_ROWS * 32;
  for (let row = 0; row < rows; row += OUTER_ROWS) {
    const depth = min(OUTER_ROWS, rows - row);
    packStrips<T>(dz + <usize>row * outputs * sizeof<T>(), depth, outputs, strips);
    packPanels<T>(x + <usize>row * inputs * sizeof<T>(), depth, inputs, inputs, panels);
    let panel = panels;
    for (let first = 0; first < inputs; first += tileColumns<T>(), panel += <usize>depth * 32) {
      let strip = strips;
      for (let o = 0; o < outputs; o += TILE_ROWS, strip += <usize>depth * TILE_ROWS * sizeof<T>()) {
        const target = gradient + <usize>o * stride + <usize>first * sizeof<T>();
        if (o + TILE_ROWS <= outputs && first + tileColumns<T>() <= inputs) {
          outerTile<T>(strip, panel, depth, target, stride);
        } else {
          memory.fill(tile, 0, TILE_ROWS * 32);
          outerTile<T>(strip, panel, depth, tile, 32);
          addCorner<T>(tile, min(TILE_ROWS, outputs - o), min(tileColumns<T>(), inputs - first), target, stride);
        }
      }
    }
  }
  if (biased != 0 || time != 0) addColumnSums<T>(t, dz, rows, inputs, outputs, time, biased, gradient, tile);
}

/** Adds the part of a tile that lies within the gradient. */
function addCorner<T>(tile: usize, rows: i32, columns: i32, target: usize, stride: usize): void {
  for (let row = 0; row < rows; row++, tile += 32, target += stride) {
    for (let at: usize = 0; at < <usize>columns * sizeof<T>(); at += sizeof<T>()) {
      store<T>(target + at, load<T>(target + at) + load<T>(tile + at));
    }
  }
}

/** b̄ += Σ dz and w̄_t += t Σ dz. @param sums scratch for one row of outputs */
function addColumnSums<T>(
  t: f64,
  dz: usize,
  rows: i32,
  inputs: i32,
  outputs: i32,
  time: i32,
  biased: i32,
  gradient: usize,
  sums: usize,
): void {
  const rowBytes = <usize>outputs * sizeof<T>();
  memory.fill(sums, 0, rowBytes + 16);
  for (let row = 0; row < rows; row++, dz += rowBytes) {
    for (let at: usize = 0; at < rowBytes; at += 16) {
      v128.store(sums + at, v128.add<T>(v128.load(sums + at), v128.load(dz + at)));
    }
  }
  const stride = <usize>(inputs + time) * sizeof<T>();
  const biases = gradient + <usize>outputs * stride;
  for (let o: usize = 0; o < <usize>outputs; o++) {
    const sum = load<T>(sums + o * sizeof<T>());
    if (biased != 0) {
      const bias = biases + o * sizeof<T>();
      store<T>(bias, load<T>(bias) + sum);
    }
    if (time != 0) {
      const weight = gradient + o * stride + <usize>inputs * sizeof<T>();
      store<T>(weight, load<T>(weight) + <T>t * sum);
    }
  }
}
