/**
 * The three products of a dense layer, y = act(x Wᵀ + b + t w), each with all that belongs to it in one call.
 *
 * Each has two programs. `tiled`: tiles of 32 × 32 entries, one a workgroup, whose 64 invocations hold 4 × 4 entries each and
 * share slices of both factors. `direct`: an entry an invocation, for layers too narrow to fill tiles.
 * Products with the activation's slope are formed as a factor is loaded, what is added to a product as it is stored.
 * Invariant: an entry's terms are summed in ascending order whatever lies beside it, and which program runs depends on the
 * layer alone, so that a row does not depend on its batch mates.
 */
import { UserError } from '../../../errors.js';
import { defineProgram, groupSize, groupsFor, mostGroups, type Fields, type Program } from '../program.js';
import { elementaryCode, slopeCode } from './elementary.js';

/** Rows and columns of a tile. */
const tile = 32;
/** How much of the depth a workgroup shares at a time. */
const depth = 16;
/** Layers with fewer inputs or outputs are computed directly. */
const leastTiled = 24;

interface ProductCode {
  /** Functions `a_at(m, k)`, `b_at(k, n)` and `store(m, n, sum)`. */
  readonly functions: string;
  /** Whether neighbours in memory are neighbours in k (otherwise in m or n): loads then run along it. */
  readonly aAlongDepth: boolean;
  readonly bAlongDepth: boolean;
}

const size = { m: 'u32', n: 'u32', depth: 'u32', slice: 'u32' } as const;
type Size = typeof size;

/** C = A B for A of `m` × `depth` and B of `depth` × `n`; the third direction of groups takes slices of the depth. */
export interface Product<F extends Fields = Fields> {
  readonly tiled: Program<F & Size>;
  readonly direct: Program<F & Size>;
}

function defineProduct<const F extends Fields>(name: string, fields: F, code: ProductCode): Product<F> {
  const all = { ...fields, ...size };
  return {
    tiled: defineProgram(`${name}, tiled`, all, tiledCode(code)),
    direct: defineProgram(`${name}, direct`, all, directCode(code)),
  };
}

/**
 * The program of a product for a layer, and its workgroups.
 * @throws UserError if there are more tiles than a device takes
 */
export function choose<F extends Fields>(
  { tiled, direct }: Product<F>,
  layer: { readonly inputs: number; readonly outputs: number },
  { m, n, slices }: { readonly m: number; readonly n: number; readonly slices: number },
): readonly [Program<F & Size>, groups: readonly [number, number, number]] {
  if (Math.min(layer.inputs, layer.outputs) < leastTiled) return [direct, [groupsFor(m * n), 1, slices]];
  const tiles = [Math.ceil(m / tile), Math.ceil(n / tile)] as const;
  if (Math.max(...tiles) > mostGroups) {
    throw new UserError('usage', `The engine webgpu takes ${mostGroups * tile} rows at most, but ${m} were given.`, {
      hint: 'Make the batch smaller.',
    });
  }
  return [tiled, [...tiles, slices]];
}

function directCode({ functions }: ProductCode): string {
  return `${functions}
@compute @workgroup_size(${groupSize})
fn main(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let end = min(call.depth, (group.z + 1u) * call.slice);
  for (var i = id.x; i < call.m * call.n; i += groups.x * ${groupSize}u) {
    let m = i / call.n;
    let n = i % call.n;
    var sum = 0.0f;
    for (var k = group.z * call.slice; k < end; k++) { sum += a_at(m, k) * b_at(k, n); }
    store(group.z, m, n, sum);
  }
}`;
}

function tiledCode({ functions, aAlongDepth, bAlongDepth }: ProductCode): string {
  const place = (alongDepth: boolean): string =>
    alongDepth ? `let side = i / ${depth}u; let k = i % ${depth}u;` : `let side = i % ${tile}u; let k = i / ${tile}u;`;
  return `${functions}
var<workgroup> a_tile: array<vec4f, ${(tile * depth) / 4}>;
var<workgroup> b_tile: array<vec4f, ${(tile * depth) / 4}>;

@compute @workgroup_size(${groupSize})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let firstM = group.x * ${tile}u;
  let firstN = group.y * ${tile}u;
  let fourM = thread / ${tile / 4}u;
  let fourN = thread % ${tile / 4}u;
  var sums = array<vec4f, 4>();
  let end = min(call.depth, (group.z + 1u) * call.slice);
  for (var firstK = group.z * call.slice; firstK < end; firstK += ${depth}u) {
    for (var i = thread; i < ${tile * depth}u; i += ${groupSize}u) {
      ${place(aAlongDepth)}
      var value = 0.0f;
      if (firstM + side < call.m && firstK + k < end) { value = a_at(firstM + side, firstK + k); }
      a_tile[k * ${tile / 4}u + side / 4u][side % 4u] = value;
    }
    for (var i = thread; i < ${tile * depth}u; i += ${groupSize}u) {
      ${place(bAlongDepth)}
      var value = 0.0f;
      if (firstN + side < call.n && firstK + k < end) { value = b_at(firstK + k, firstN + side); }
      b_tile[k * ${tile / 4}u + side / 4u][side % 4u] = value;
    }
    workgroupBarrier();
    for (var k = 0u; k < ${depth}u; k++) {
      let a = a_tile[k * ${tile / 4}u + fourM];
      let b = b_tile[k * ${tile / 4}u + fourN];
      sums[0] += a.x * b;
      sums[1] += a.y * b;
      sums[2] += a.z * b;
      sums[3] += a.w * b;
    }
    workgroupBarrier();
  }
  for (var i = 0u; i < 4u; i++) {
    for (var j = 0u; j < 4u; j++) {
      let m = firstM + fourM * 4u + i;
      let n = firstN + fourN * 4u + j;
      if (m < call.m && n < call.n) { store(group.z, m, n, sums[i][j]); }
    }
  }
}`;
}

/** Where a layer lies: W[n × depth] in rows of `stride` words, time's column behind the others, then b. */
const layerFields = { weights: 'u32', stride: 'u32', timeColumn: 'u32', bias: 'u32', biased: 'u32' } as const;

const layerCode = `
fn weight(row: u32, column: u32) -> f32 {
  return memory[call.weights + row * call.stride + column];
}`;

/** y = act(x Wᵀ + b + t w); `time` 0 also where the layer takes none. */
export const denseForward = defineProduct(
  'dense forward',
  { ...layerFields, x: 'u32', to: 'u32', time: 'f32', activation: 'u32' },
  {
    aAlongDepth: true,
    bAlongDepth: true,
    functions: `${layerCode}${elementaryCode}
fn a_at(m: u32, k: u32) -> f32 { return memory[call.x + m * call.depth + k]; }
fn b_at(k: u32, n: u32) -> f32 { return weight(n, k); }
fn store(slice: u32, m: u32, n: u32, sum: f32) {
  var z = sum;
  if (call.biased != 0u) { z += memory[call.bias + n]; }
  if (call.time != 0.0f) { z += call.time * weight(n, call.timeColumn); }
  memory[call.to + m * call.n + n] = activate(call.activation, z);
}`,
  },
);

/** yDot = act′(y) (xDot Wᵀ + tDot w). */
export const densePushforward = defineProduct(
  'dense pushforward',
  { ...layerFields, xDot: 'u32', y: 'u32', to: 'u32', time: 'f32', activation: 'u32' },
  {
    aAlongDepth: true,
    bAlongDepth: true,
    functions: `${layerCode}${slopeCode}
fn a_at(m: u32, k: u32) -> f32 { return memory[call.xDot + m * call.depth + k]; }
fn b_at(k: u32, n: u32) -> f32 { return weight(n, k); }
fn store(slice: u32, m: u32, n: u32, sum: f32) {
  var z = sum;
  if (call.time != 0.0f) { z += call.time * weight(n, call.timeColumn); }
  let place = m * call.n + n;
  memory[call.to + place] = slope(call.activation, memory[call.y + place]) * z;
}`,
  },
);

const cotangentFields = { y: 'u32', yBar: 'u32', activation: 'u32' } as const;

/** zBar of row r and output o, `outputs` of them. */
const cotangentCode = `${slopeCode}
fn z_bar(place: u32) -> f32 {
  let bar = memory[call.yBar + place];
  if (call.activation == 0u) { return bar; }
  return slope(call.activation, memory[call.y + place]) * bar;
}`;

/** xBar = zBar W. */
export const densePullback = defineProduct(
  'dense pullback',
  { ...cotangentFields, weights: 'u32', stride: 'u32', to: 'u32' },
  {
    aAlongDepth: true,
    bAlongDepth: false,
    functions: `${layerCode}${cotangentCode}
fn a_at(m: u32, k: u32) -> f32 { return z_bar(m * call.depth + k); }
fn b_at(k: u32, n: u32) -> f32 { return weight(k, n); }
fn store(slice: u32, m: u32, n: u32, sum: f32) { memory[call.to + m * call.n + n] = sum; }`,
  },
);

/**
 * Adds zBarᵀ [x, t, 1] to the gradients of W, w and b: a row of the gradient of W and w is one of the product but for its
 * last entry, b's. `sliced` ≠ 0: leaves each slice's product in `partials` instead, for `addSlices`.
 */
export const denseGradient = defineProduct(
  'dense gradient',
  {
    ...cotangentFields,
    x: 'u32',
    inputs: 'u32',
    time: 'f32',
    gradient: 'u32',
    stride: 'u32',
    bias: 'u32',
    partials: 'u32',
    sliced: 'u32',
  },
  {
    aAlongDepth: false,
    bAlongDepth: false,
    functions: `${cotangentCode}
fn a_at(m: u32, k: u32) -> f32 { return z_bar(k * call.m + m); }
fn b_at(k: u32, n: u32) -> f32 {
  if (n < call.inputs) { return memory[call.x + k * call.inputs + n]; }
  if (n < call.stride) { return call.time; }
  return 1.0f;
}
fn store(slice: u32, m: u32, n: u32, sum: f32) {
  if (call.sliced != 0u) {
    memory[call.partials + (slice * call.m + m) * call.n + n] = sum;
  } else if (n < call.stride) {
    memory[call.gradient + m * call.stride + n] += sum;
  } else {
    memory[call.bias + m] += sum;
  }
}`,
  },
);
