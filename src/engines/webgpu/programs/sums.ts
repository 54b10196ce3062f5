/**
 * Programs that reduce all entries to a few words, which the host adds up in doubles.
 *
 * WGSL has no f64: a sum is kept as the sum of two f32, its rounding errors beside it (Knuth's exact sum of two, 1969;
 * Ogita, Rump & Oishi 2005, Sum2), and a product is split into parts that are exact (Dekker 1971). Without that, NFE drifts
 * with the batch size.
 * Known limit: an entry above 1.8e19 overflows when squared, where a norm in doubles would be finite; both refuse the step.
 */
import { defineProgram, groupSize, type Fields, type Program } from '../program.js';
import { weightedSumCode } from './entrywise.js';

/** Workgroups of a reduction at most: more make the host wait for more words. */
const mostPartials = 256;
/** Words that each workgroup of a sum leaves. */
export const sumWords = 2;

/** Workgroups of a reduction of so many entries. */
export function sumGroups(count: number): number {
  return Math.min(Math.ceil(count / groupSize), mostPartials);
}

/** Least scale of a norm, so that 0 / 0 (atol = 0, an entry that is and stays 0) is 0: the least normal f32. */
const leastScale = '1.17549435e-38f';

const exactCode = `
/* x as the sum of two numbers whose products are exact. */
fn split(x: f32) -> vec2f {
  let high = bitcast<f32>(bitcast<u32>(x) & 0xfffff000u);
  return vec2f(high, guard(x - high));
}

/* sum.x + sum.y + x, where sum.y are the rounding errors of sum.x. */
fn add_exactly(sum: vec2f, x: f32) -> vec2f {
  let total = guard(sum.x + x);
  let added = guard(total - sum.x);
  let lost = guard(sum.x - guard(total - added)) + guard(x - added);
  return vec2f(total, sum.y + lost);
}

fn add_product(sum: vec2f, x: f32, y: f32) -> vec2f {
  let a = split(x);
  let b = split(y);
  return add_exactly(add_exactly(sum, guard(a.x * b.x)), guard(a.x * b.y + a.y * b.x) + a.y * b.y);
}
`;

/** Σ over entries of the product of the two numbers that `factors` returns. */
function defineSum<const F extends Fields>(
  name: string,
  fields: F,
  declarations: string,
  factors: string,
  options: { readonly lists?: boolean } = {},
): Program<F & { readonly partials: 'u32'; readonly count: 'u32' }> {
  const body = `${exactCode}${declarations}
fn factors(i: u32) -> vec2f {
  ${factors}
}

var<workgroup> sums: array<vec2f, ${groupSize}>;

@compute @workgroup_size(${groupSize})
fn main(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(local_invocation_index) thread: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  var sum = vec2f();
  for (var i = id.x; i < call.count; i += groups.x * ${groupSize}u) {
    let pair = factors(i);
    sum = add_product(sum, pair.x, pair.y);
  }
  sums[thread] = sum;
  workgroupBarrier();
  for (var half = ${groupSize / 2}u; half > 0u; half /= 2u) {
    if (thread < half) {
      let other = sums[thread + half];
      let merged = add_exactly(sums[thread], other.x);
      sums[thread] = vec2f(merged.x, merged.y + other.y);
    }
    workgroupBarrier();
  }
  if (thread == 0u) {
    memory[call.partials + ${sumWords}u * group.x] = sums[0].x;
    memory[call.partials + ${sumWords}u * group.x + 1u] = sums[0].y;
  }
}`;
  return defineProgram(name, { ...fields, partials: 'u32', count: 'u32' }, body, options);
}

/** The sum that a program of this file left as partial sums. */
export function totalOf(partials: Float32Array): number {
  let sum = 0;
  let errors = 0;
  for (let i = 0; i < partials.length; i += sumWords) {
    sum += partials[i];
    errors += partials[i + 1];
  }
  // Errors of an infinite sum are NaN.
  return Number.isFinite(sum) ? sum + errors : sum;
}

export const dot = defineSum(
  'dot',
  { a: 'u32', b: 'u32' },
  '',
  'return vec2f(memory[call.a + i], memory[call.b + i]);',
);

/** Σ (a − b)². */
export const squaredDifference = defineSum(
  'squared difference',
  { a: 'u32', b: 'u32' },
  '',
  'return vec2f(memory[call.a + i] - memory[call.b + i]);',
);

/** As `squaredDifference`, and bar = factor · (a − b). */
export const squaredDifferenceGradient = defineSum(
  'squared difference and gradient',
  { a: 'u32', b: 'u32', bar: 'u32', factor: 'f32' },
  '',
  `let difference = memory[call.a + i] - memory[call.b + i];
  memory[call.bar + i] = call.factor * difference;
  return vec2f(difference);`,
);

/** atol + rtol·size, in WGSL. */
export const scaleCode = `
fn scale_of(size: f32) -> f32 {
  let scale = call.atol + call.rtol * size;
  return select(scale, ${leastScale}, scale < ${leastScale});
}`;

/** Σ ((a − b) / (atol + rtol·|y|))²; `two` 0: without b. */
export const scaledSquares = defineSum(
  'scaled squares',
  { a: 'u32', b: 'u32', two: 'u32', y: 'u32', atol: 'f32', rtol: 'f32' },
  scaleCode,
  `var difference = memory[call.a + i];
  if (call.two != 0u) { difference -= memory[call.b + i]; }
  return vec2f(difference / scale_of(abs(memory[call.y + i])));`,
);

/** The larger of two sizes, b if either is NaN: a state that became NaN gives a norm that is. */
export const largerCode = `
fn larger(a: f32, b: f32) -> f32 {
  return select(b, a, a >= b);
}`;

/** Σ (e / (atol + rtol·max(|y0|, |y1|)))² with e = Σ coefficients · terms. */
export const errorSquares = defineSum(
  'error squares',
  { y0: 'u32', y1: 'u32', termCount: 'u32', atol: 'f32', rtol: 'f32' },
  weightedSumCode + scaleCode + largerCode,
  'return vec2f(weighted_sum(i) / scale_of(larger(abs(memory[call.y0 + i]), abs(memory[call.y1 + i]))));',
  { lists: true },
);
