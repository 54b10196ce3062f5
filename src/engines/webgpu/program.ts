/**
 * A compute program: WGSL over one memory, and the arguments of a call of it.
 *
 * All tensors lie in one storage buffer, `memory`, so that a program names any number of them by the word where they
 * start, and every program has the same bindings: no call makes a bind group. A call's arguments take one slot of a uniform
 * buffer.
 * Invariant: the word `zero` of every call is 0, which no compiler knows: x ^ zero stops it from simplifying sums of
 * floating-point numbers as if they were reals (`guard`).
 */

/** Bytes of a slot, the smallest that every device can bind at: 64 words. */
export const slotBytes = 256;
/** Entries of each of the lists `terms` and `coefficients`. */
export const listLength = 20;
/** Invocations of a workgroup; every program has so many. */
export const groupSize = 64;
/** Workgroups that a device takes in each direction. */
export const mostGroups = 65_535;

export type Fields = Readonly<Record<string, 'u32' | 'f32'>>;

export interface Program<F extends Fields = Fields> {
  readonly name: string;
  readonly fields: F;
  /** Whether `terms` (starts of tensors) and `coefficients` follow the fields. */
  readonly lists: boolean;
  readonly code: string;
}

/** @param body WGSL: declarations, and an entry point `main` in workgroups of `groupSize` */
export function defineProgram<const F extends Fields>(
  name: string,
  fields: F,
  body: string,
  options: { readonly lists?: boolean } = {},
): Program<F> {
  const lists = options.lists ?? false;
  const members = Object.entries(fields).map(([field, type]) => `  ${field}: ${type},`);
  if (lists) {
    members.push(`  terms: array<vec4u, ${listLength / 4}>,`, `  coefficients: array<vec4f, ${listLength / 4}>,`);
  }
  const code = `struct Call {
  zero: u32,
${members.join('\n')}
}
@group(0) @binding(0) var<storage, read_write> memory: array<f32>;
@group(0) @binding(1) var<uniform> call: Call;

fn guard(x: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(x) ^ call.zero);
}
${body}`;
  return { name, fields, lists, code };
}

/** The first word of the lists: they are vectors of four words, which WGSL aligns. */
export function listStart(program: Program): number {
  return Math.ceil((1 + Object.keys(program.fields).length) / 4) * 4;
}

/** A program that runs `entry` for every index i below `call.count`. */
export function defineEntrywise<const F extends Fields>(
  name: string,
  fields: F,
  declarations: string,
  entry: string,
  options: { readonly lists?: boolean } = {},
): Program<F & { readonly count: 'u32' }> {
  const body = `${declarations}
@compute @workgroup_size(${groupSize})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var i = id.x; i < call.count; i += groups.x * ${groupSize}u) {
    ${entry}
  }
}`;
  return defineProgram(name, { ...fields, count: 'u32' }, body, options);
}

/** Workgroups for `count` entries: each invocation takes a few of them where there are very many. */
export function groupsFor(count: number): number {
  return Math.min(Math.ceil(count / groupSize), 16_384);
}
