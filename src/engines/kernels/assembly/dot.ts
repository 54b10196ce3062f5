/**
 * Products with at most one vector of columns, as dot products along the depth.
 *
 * A tile would leave most of its lanes empty here. Instead as many dot products as a vector has lanes run side by side –
 * several rows where there are fewer columns – and end in one vector: lane l of it is Σ over its product's lanes in the
 * order ((0 + 2) + (1 + 3)) in f32, (0 + 1) in f64. That order is the same for every row.
 */
import { firstLanes, lanes, multiplyAdd, vectorBytes } from './vector';

/**
 * Σ x0 w0, Σ x1 w1, Σ x2 w2 and Σ x3 w3 in single precision.
 * @param bytes of all vectors but the last, of which only what `mask` leaves counts: behind a row may lie anything
 */
@inline
function fourDots(
  x0: usize,
  x1: usize,
  x2: usize,
  x3: usize,
  w0: usize,
  w1: usize,
  w2: usize,
  w3: usize,
  bytes: usize,
  mask: v128,
): v128 {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let at: usize = 0;
  for (; at < bytes; at += 16) {
    s0 = multiplyAdd<f32>(s0, v128.load(x0 + at), v128.load(w0 + at));
    s1 = multiplyAdd<f32>(s1, v128.load(x1 + at), v128.load(w1 + at));
    s2 = multiplyAdd<f32>(s2, v128.load(x2 + at), v128.load(w2 + at));
    s3 = multiplyAdd<f32>(s3, v128.load(x3 + at), v128.load(w3 + at));
  }
  s0 = multiplyAdd<f32>(s0, v128.and(v128.load(x0 + at), mask), v128.load(w0 + at));
  s1 = multiplyAdd<f32>(s1, v128.and(v128.load(x1 + at), mask), v128.load(w1 + at));
  s2 = multiplyAdd<f32>(s2, v128.and(v128.load(x2 + at), mask), v128.load(w2 + at));
  s3 = multiplyAdd<f32>(s3, v128.and(v128.load(x3 + at), mask), v128.load(w3 + at));
  const first = v128.add<f32>(v128.shuffle<f32>(s0, s1, 0, 4, 1, 5), v128.shuffle<f32>(s0, s1, 2, 6, 3, 7));
  const second = v128.add<f32>(v128.shuffle<f32>(s2, s3, 0, 4, 1, 5), v128.shuffle<f32>(s2, s3, 2, 6, 3, 7));
  return v128.add<f32>(v128.shuffle<f64>(first, second, 0, 2), v128.shuffle<f64>(first, second, 1, 3));
}

/** As `fourDots`, in double precision. */
@inline
function twoDots(x0: usize, x1: usize, w0: usize, w1: usize, bytes: usize, mask: v128): v128 {
  let s0 = f64x2.splat(0);
  let s1 = s0;
  let at: usize = 0;
  for (; at < bytes; at += 16) {
    s0 = multiplyAdd<f64>(s0, v128.load(x0 + at), v128.load(w0 + at));
    s1 = multiplyAdd<f64>(s1, v128.load(x1 + at), v128.load(w1 + at));
  }
  s0 = multiplyAdd<f64>(s0, v128.and(v128.load(x0 + at), mask), v128.load(w0 + at));
  s1 = multiplyAdd<f64>(s1, v128.and(v128.load(x1 + at), mask), v128.load(w1 + at));
  return v128.add<f64>(v128.shuffle<f64>(s0, s1, 0, 2), v128.shuffle<f64>(s0, s1, 1, 3));
}

/**
 * c = start + a · Wᵀ for at most `lanes` columns; stores whole vectors, over what follows c.
 * @param weights column after column, each filled up with zeros to whole vectors
 * @param start one vector: what each column's sum is added to
 */
export function dotBlock<T>(
  a: usize,
  rows: i32,
  depth: i32,
  weights: usize,
  columns: i32,
  start: usize,
  c: usize,
): void {
  const aStride = <usize>depth * sizeof<T>();
  const wStride = vectorBytes<T>(depth);
  const bytes = wStride - 16;
  const mask = firstLanes<T>(((depth - 1) & (lanes<T>() - 1)) + 1);
  const last = a + <usize>(rows - 1) * aStride;
  let base = v128.load(start);
  if (sizeof<T>() == 4) {
    if (columns == 1) {
      base = v128.load_splat<f32>(start);
      for (; a <= last; a += 4 * aStride, c += 16) {
        const x1 = min(a + aStride, last);
        const x2 = min(x1 + aStride, last);
        const x3 = min(x2 + aStride, last);
        const sums = fourDots(a, x1, x2, x3, weights, weights, weights, weights, bytes, mask);
        v128.store(c, v128.add<f32>(base, sums));
      }
    } else if (columns == 2) {
      base = v128.load_splat<f64>(start);
      const w1 = weights + wStride;
      for (; a <= last; a += 2 * aStride, c += 16) {
        const x1 = min(a + aStride, last);
        v128.store(c, v128.add<f32>(base, fourDots(a, a, x1, x1, weights, w1, weights, w1, bytes, mask)));
      }
    } else {
      const w1 = weights + wStride;
      const w2 = w1 + wStride;
      const w3 = columns == 3 ? w2 : w2 + wStride;
      const cStride = <usize>columns * 4;
      for (; a <= last; a += aStride, c += cStride) {
        v128.store(c, v128.add<f32>(base, fourDots(a, a, a, a, weights, w1, w2, w3, bytes, mask)));
      }
    }
  } else if (columns == 1) {
    base = v128.load_splat<f64>(start);
    for (; a <= last; a += 2 * aStride, c += 16) {
      const x1 = min(a + aStride, last);
      v128.store(c, v128.add<f64>(base, twoDots(a, x1, weights, weights, bytes, mask)));
    }
  } else {
    const w1 = weights + wStride;
    for (; a <= last; a += aStride, c += 16) {
      v128.store(c, v128.add<f64>(base, twoDots(a, a, weights, w1, bytes, mask)));
    }
  }
}
