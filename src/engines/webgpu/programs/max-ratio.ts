/** The largest ratio |a1 − a2| / |b1 − b2|: each workgroup leaves its largest, and the host takes the largest of those. */
import type { EntryRatio } from '../../engine.js';
import { defineProgram, groupSize } from '../program.js';

/** Words that each workgroup leaves: the entry in two parts that are exact in f32, numerator and denominator. */
export const ratioWords = 4;
const entryBase = 2 ** 20;

/** 0 / 0 and x / 0 count as 0; the first of equals wins, NaN above all. */
export const maxRatio = defineProgram(
  'max ratio',
  { a1: 'u32', a2: 'u32', b1: 'u32', b2: 'u32', partials: 'u32', count: 'u32' },
  `
struct Candidate { ratio: f32, entry: u32 }

fn is_nan(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

fn numerator(i: u32) -> f32 { return memory[call.a1 + i] - memory[call.a2 + i]; }
fn denominator(i: u32) -> f32 { return memory[call.b1 + i] - memory[call.b2 + i]; }

/* The better of two candidates. */
fn better(one: Candidate, other: Candidate) -> Candidate {
  let oneNan = is_nan(one.ratio);
  let otherNan = is_nan(other.ratio);
  var wins = other.ratio > one.ratio;
  if (oneNan || otherNan) { wins = otherNan && !oneNan; }
  let equal = (oneNan && otherNan) || (one.ratio == other.ratio);
  if (equal) { wins = other.entry < one.entry; }
  if (wins) { return other; }
  return one;
}

var<workgroup> candidates: array<Candidate, ${groupSize}>;

@compute @workgroup_size(${groupSize})
fn main(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(local_invocation_index) thread: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  var best = Candidate(0.0f, 0u);
  for (var i = id.x; i < call.count; i += groups.x * ${groupSize}u) {
    let under = denominator(i);
    var ratio = 0.0f;
    if (under != 0.0f) { ratio = abs(numerator(i) / under); }
    best = better(best, Candidate(ratio, i));
  }
  candidates[thread] = best;
  workgroupBarrier();
  for (var half = ${groupSize / 2}u; half > 0u; half /= 2u) {
    if (thread < half) { candidates[thread] = better(candidates[thread], candidates[thread + half]); }
    workgroupBarrier();
  }
  if (thread == 0u) {
    let place = call.partials + ${ratioWords}u * group.x;
    let entry = candidates[0].entry;
    memory[place] = f32(entry / ${entryBase}u);
    memory[place + 1u] = f32(entry % ${entryBase}u);
    memory[place + 2u] = numerator(entry);
    memory[place + 3u] = denominator(entry);
  }
}`,
);

/** The best of what the workgroups left, with its ratio in double precision. */
export function bestOf(partials: Float32Array): EntryRatio {
  let best: EntryRatio | null = null;
  for (let i = 0; i < partials.length; i += ratioWords) {
    const [high, low, numerator, denominator] = partials.subarray(i, i + ratioWords);
    const value = denominator === 0 ? 0 : Math.abs(numerator / denominator);
    const candidate = { value, entry: high * entryBase + low, numerator, denominator };
    if (best === null || beats(candidate, best)) best = candidate;
  }
  if (best === null) throw new Error('maxRatio: no workgroup left a ratio.');
  return best;
}

function beats(one: EntryRatio, other: EntryRatio): boolean {
  const [oneNan, otherNan] = [Number.isNaN(one.value), Number.isNaN(other.value)];
  if (oneNan !== otherNan) return oneNan;
  if (!oneNan && one.value !== other.value) return one.value > other.value;
  return one.entry < other.entry;
}
