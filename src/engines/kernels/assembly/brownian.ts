/**
 * The arithmetic of a Brownian tree over whole rows: normals of Philox counters, halvings, joins.
 *
 * The same operations in the same order as `src/random/normal-pairs.ts` and `src/random/host-brownian.ts`, which explain
 * them, so the same bits. Eight entries at a time: rows hold a multiple of eight doubles, W first and H a row after it.
 */

const ROUNDS: i32 = 10;
/** The two words of each round's key. */
const roundKeys = memory.data(8 * ROUNDS, 16);

const SQRT_HALF_BITS: i32 = 0x3f3504f3;
/** π/2 in units of 2^−30: a quarter turn. */
const QUARTER_TURN: f32 = 1.4629180792671596e-9;
const LN2_HIGH: f32 = 0.693359375;
const LN2_LOW: f32 = -2.121944400546906e-4;

@inline
function scheduleKeys(key0: u32, key1: u32): void {
  for (let round: usize = 0; round < <usize>ROUNDS; round++) {
    store<u32>(roundKeys + 8 * round, key0);
    store<u32>(roundKeys + 8 * round, key1, 4);
    key0 += 0x9e3779b9;
    key1 += 0xbb67ae85;
  }
}

/** (lanes + ½) / 2^31. */
@inline
function unit(lanes: v128): v128 {
  const number = f32x4.add(f32x4.convert_i32x4_s(lanes), f32x4.splat(0.5));
  return f32x4.mul(number, f32x4.splat(4.656612873077393e-10));
}

/** √(−2 log u), u = (the upper 31 bits of a word + ½) / 2^31. */
@inline
function radius(word: v128): v128 {
  const upper = i32x4.shr_u(word, 1);
  const u = unit(upper);
  const k = i32x4.shr_s(i32x4.sub(u, i32x4.splat(SQRT_HALF_BITS)), 23);
  const scaled = f32x4.sub(i32x4.sub(u, i32x4.shl(k, 23)), f32x4.splat(1));
  const short = f32x4.neg(unit(v128.xor(upper, i32x4.splat(i32.MAX_VALUE))));
  const f = v128.bitselect(short, scaled, i32x4.eq(k, i32x4.splat(0)));
  const exponent = f32x4.convert_i32x4_s(k);
  const s = f32x4.div(f, f32x4.add(f32x4.splat(2), f));
  const q = f32x4.mul(s, s);
  let sum = f32x4.splat(1.0 / 9);
  sum = f32x4.add(f32x4.mul(sum, q), f32x4.splat(1.0 / 7));
  sum = f32x4.add(f32x4.mul(sum, q), f32x4.splat(1.0 / 5));
  sum = f32x4.add(f32x4.mul(sum, q), f32x4.splat(1.0 / 3));
  const tail = f32x4.mul(f32x4.mul(f32x4.add(s, s), q), sum);
  const low = f32x4.add(tail, f32x4.mul(exponent, f32x4.splat(LN2_LOW)));
  const rest = f32x4.sub(f, f32x4.sub(f32x4.mul(s, f), low));
  const logarithm = f32x4.add(f32x4.mul(exponent, f32x4.splat(LN2_HIGH)), rest);
  return f32x4.sqrt(f32x4.mul(f32x4.splat(-2), logarithm));
}

/** The nearest quarter of a turn, from 0 to 3 in the lower bits. */
@inline
function nearestQuarter(word: v128): v128 {
  return i32x4.shr_s(i32x4.add(word, i32x4.splat(0x20000000)), 30);
}

/** What the nearest quarter leaves of the angle, in [−π/4, π/4]. */
@inline
function restOfTurn(word: v128, quarter: v128): v128 {
  const rest = i32x4.sub(word, i32x4.shl(quarter, 30));
  return f32x4.mul(f32x4.convert_i32x4_s(rest), f32x4.splat(QUARTER_TURN));
}

@inline
function sine(x: v128, square: v128): v128 {
  let sum = f32x4.splat(1.0 / 362880);
  sum = f32x4.add(f32x4.mul(sum, square), f32x4.splat(-1.0 / 5040));
  sum = f32x4.add(f32x4.mul(sum, square), f32x4.splat(1.0 / 120));
  sum = f32x4.add(f32x4.mul(sum, square), f32x4.splat(-1.0 / 6));
  return f32x4.add(f32x4.mul(f32x4.mul(sum, square), x), x);
}

@inline
function cosine(square: v128): v128 {
  let sum = f32x4.splat(1.0 / 40320);
  sum = f32x4.add(f32x4.mul(sum, square), f32x4.splat(-1.0 / 720));
  sum = f32x4.add(f32x4.mul(sum, square), f32x4.splat(1.0 / 24));
  sum = f32x4.add(f32x4.mul(sum, square), f32x4.splat(-0.5));
  return f32x4.add(f32x4.mul(sum, square), f32x4.splat(1));
}

/** Bit 1 of the lanes as the sign of a float. */
@inline
function signOf(lanes: v128): v128 {
  return i32x4.shl(v128.and(lanes, i32x4.splat(2)), 30);
}

/** Eight X, then eight Y, in the order of the entries. */
const normals = memory.data(64, 16);

/** The normals of the eight entries whose blocks begin with `block`: those of Philox-4x32-10 of four counters. */
@inline
function drawEight(node: v128, part: v128, block: i32, stream: v128): void {
  const multiplier0 = i32x4.splat(0xd2511f53);
  const multiplier1 = i32x4.splat(0xcd9e8d57);
  let c0 = node;
  let c1 = part;
  let c2 = i32x4.add(i32x4.splat(block), i32x4(0, 1, 2, 3));
  let c3 = stream;
  for (let key = roundKeys; key < roundKeys + 8 * <usize>ROUNDS; key += 8) {
    const first0 = i64x2.extmul_low_i32x4_u(c0, multiplier0);
    const second0 = i64x2.extmul_high_i32x4_u(c0, multiplier0);
    const first1 = i64x2.extmul_low_i32x4_u(c2, multiplier1);
    const second1 = i64x2.extmul_high_i32x4_u(c2, multiplier1);
    const high0 = v128.shuffle<i32>(first0, second0, 1, 3, 5, 7);
    const high1 = v128.shuffle<i32>(first1, second1, 1, 3, 5, 7);
    c0 = v128.xor(v128.xor(high1, c1), v128.load32_splat(key));
    c1 = v128.shuffle<i32>(first1, second1, 0, 2, 4, 6);
    c2 = v128.xor(v128.xor(high0, c3), v128.load32_splat(key, 4));
    c3 = v128.shuffle<i32>(first0, second0, 0, 2, 4, 6);
  }
  const evenRadius = radius(c0);
  const evenAngle = c1;
  const evenQuarter = nearestQuarter(evenAngle);
  const evenRest = restOfTurn(evenAngle, evenQuarter);
  const evenSquare = f32x4.mul(evenRest, evenRest);
  const evenSine = sine(evenRest, evenSquare);
  const evenCosine = cosine(evenSquare);
  const oddRadius = radius(c2);
  const oddAngle = c3;
  const oddQuarter = nearestQuarter(oddAngle);
  const oddRest = restOfTurn(oddAngle, oddQuarter);
  const oddSquare = f32x4.mul(oddRest, oddRest);
  const oddSine = sine(oddRest, oddSquare);
  const oddCosine = cosine(oddSquare);
  const evenX = f32x4.mul(evenRadius, turnedCosine(evenCosine, evenSine, evenQuarter));
  const evenY = f32x4.mul(evenRadius, turnedSine(evenCosine, evenSine, evenQuarter));
  const oddX = f32x4.mul(oddRadius, turnedCosine(oddCosine, oddSine, oddQuarter));
  const oddY = f32x4.mul(oddRadius, turnedSine(oddCosine, oddSine, oddQuarter));
  v128.store(normals, v128.shuffle<i32>(evenX, oddX, 0, 4, 1, 5));
  v128.store(normals, v128.shuffle<i32>(evenX, oddX, 2, 6, 3, 7), 16);
  v128.store(normals, v128.shuffle<i32>(evenY, oddY, 0, 4, 1, 5), 32);
  v128.store(normals, v128.shuffle<i32>(evenY, oddY, 2, 6, 3, 7), 48);
}

/** cos of the rest and `quarter` quarters. */
@inline
function turnedCosine(c: v128, s: v128, quarter: v128): v128 {
  const odd = i32x4.neg(v128.and(quarter, i32x4.splat(1)));
  return v128.xor(v128.bitselect(s, c, odd), signOf(i32x4.add(quarter, i32x4.splat(1))));
}

@inline
function turnedSine(c: v128, s: v128, quarter: v128): v128 {
  const odd = i32x4.neg(v128.and(quarter, i32x4.splat(1)));
  return v128.xor(v128.bitselect(c, s, odd), signOf(quarter));
}

/** Two of the normals as doubles. */
@inline
function normalsAt(first: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(normals + 4 * first));
}

/** The root: W = sizeW X, H = sizeH Y of node 0. @param row bytes from W to H @param target W and H */
export function brownianRoot(
  key0: u32,
  key1: u32,
  stream: u32,
  row: usize,
  sizeW: f64,
  sizeH: f64,
  target: usize,
): void {
  scheduleKeys(key0, key1);
  const none = i32x4.splat(0);
  const streams = i32x4.splat(stream);
  for (let at: usize = 0; at < row; at += 64) {
    drawEight(none, none, <i32>(at >> 4), streams);
    for (let entry: usize = 0; entry < 8; entry += 2) {
      const to = target + at + 8 * entry;
      v128.store(to, f64x2.mul(f64x2.splat(sizeW), normalsAt(entry)));
      v128.store(to + row, f64x2.mul(f64x2.splat(sizeH), normalsAt(entry + 8)));
    }
  }
}

/** The halves of a node. @param node and part: the two words of its number @param row bytes from W to H */
export function brownianSplit(
  key0: u32,
  key1: u32,
  stream: u32,
  node: u32,
  part: u32,
  row: usize,
  quarter: f64,
  eighth: f64,
  side: f64,
  source: usize,
  left: usize,
  right: usize,
): void {
  scheduleKeys(key0, key1);
  const nodes = i32x4.splat(node);
  const parts = i32x4.splat(part);
  const streams = i32x4.splat(stream);
  for (let at: usize = 0; at < row; at += 64) {
    drawEight(nodes, parts, <i32>(at >> 4), streams);
    for (let entry: usize = 0; entry < 8; entry += 2) {
      const place = at + 8 * entry;
      const x = normalsAt(entry);
      const w = v128.load(source + place);
      const h = v128.load(source + place + row);
      const mean = f64x2.add(f64x2.mul(w, f64x2.splat(0.5)), f64x2.mul(f64x2.splat(1.5), h));
      const leftW = f64x2.add(mean, f64x2.mul(f64x2.splat(quarter), x));
      const middleH = f64x2.sub(f64x2.mul(h, f64x2.splat(0.25)), f64x2.mul(f64x2.splat(eighth), x));
      const spread = f64x2.mul(f64x2.splat(side), normalsAt(entry + 8));
      v128.store(left + place, leftW);
      v128.store(left + place + row, f64x2.add(middleH, spread));
      v128.store(right + place, f64x2.sub(w, leftW));
      v128.store(right + place + row, f64x2.sub(middleH, spread));
    }
  }
}

/** What was covered before and a part of a node, in order; `first` 0: the part alone. Target may be `first`. */
export function brownianJoin(
  row: usize,
  share: f64,
  bend: f64,
  before: f64,
  after: f64,
  first: usize,
  node: usize,
  target: usize,
): void {
  const shares = f64x2.splat(share);
  const squares = f64x2.splat(share * share);
  for (let at: usize = 0; at < row; at += 16) {
    const nodeH = v128.load(node + at + row);
    let h = f64x2.mul(squares, nodeH);
    let w = f64x2.mul(shares, f64x2.add(v128.load(node + at), f64x2.mul(f64x2.splat(bend), nodeH)));
    if (first != 0) {
      const firstW = v128.load(first + at);
      const firstH = v128.load(first + at + row);
      const lengths = f64x2.add(f64x2.mul(f64x2.splat(before), firstH), f64x2.mul(f64x2.splat(after), h));
      const slopes = f64x2.sub(f64x2.mul(f64x2.splat(after), firstW), f64x2.mul(f64x2.splat(before), w));
      h = f64x2.add(lengths, f64x2.mul(slopes, f64x2.splat(0.5)));
      w = f64x2.add(firstW, w);
    }
    v128.store(target + at, w);
    v128.store(target + at + row, h);
  }
}
