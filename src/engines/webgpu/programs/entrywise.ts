/** Programs that treat each entry by itself: combinations, products, copies, layers without parameters, optimisers. */
import { defineEntrywise, listLength } from '../program.js';
import { elementaryCode, slopeCode } from './elementary.js';

export const fill = defineEntrywise('fill', { to: 'u32', value: 'f32' }, '', 'memory[call.to + i] = call.value;');

/** Σ over the first `termCount` of coefficient · term at entry i, in WGSL. */
export const weightedSumCode = `
fn weighted_sum(i: u32) -> f32 {
  var sum = 0.0f;
  for (var j = 0u; j < call.termCount; j++) {
    sum += call.coefficients[j / 4u][j % 4u] * memory[call.terms[j / 4u][j % 4u] + i];
  }
  return sum;
}`;

/** to = base + Σ coefficients · terms; `based` 0: without base. */
export const combine = defineEntrywise(
  'combine',
  { to: 'u32', base: 'u32', based: 'u32', termCount: 'u32' },
  weightedSumCode,
  `var sum = weighted_sum(i);
    if (call.based != 0u) { sum += memory[call.base + i]; }
    memory[call.to + i] = sum;`,
  { lists: true },
);

/** Terms that one call of `combine` takes. */
export const mostTerms = listLength;

/** to = base + scale · a · b, b at i / `perFactor`. */
export const multiply = defineEntrywise(
  'multiply',
  { to: 'u32', base: 'u32', based: 'u32', scale: 'f32', a: 'u32', b: 'u32', perFactor: 'u32' },
  '',
  `var product = call.scale * (memory[call.a + i] * memory[call.b + i / call.perFactor]);
    if (call.based != 0u) { product += memory[call.base + i]; }
    memory[call.to + i] = product;`,
);

/** A block of `width` columns between two matrices whose rows are so many words apart. */
export const copyBlock = defineEntrywise(
  'copy block',
  { to: 'u32', toStride: 'u32', source: 'u32', sourceStride: 'u32', width: 'u32' },
  '',
  `let row = i / call.width;
    let column = i % call.width;
    memory[call.to + row * call.toStride + column] = memory[call.source + row * call.sourceStride + column];`,
);

/** Called with a count of 1. */
export const addEntry = defineEntrywise(
  'add entry',
  { to: 'u32', value: 'f32' },
  '',
  'memory[call.to + i] += call.value;',
);

export const activateEntries = defineEntrywise(
  'activate',
  { to: 'u32', x: 'u32', kind: 'u32' },
  elementaryCode,
  'memory[call.to + i] = activate(call.kind, memory[call.x + i]);',
);

/** to = d · slope where the activation's value is y. */
export const activationSlope = defineEntrywise(
  'activation slope',
  { to: 'u32', y: 'u32', d: 'u32', kind: 'u32' },
  slopeCode,
  'memory[call.to + i] = slope(call.kind, memory[call.y + i]) * memory[call.d + i];',
);

const powerCode = `
fn power(x: f32, exponent: u32) -> f32 {
  var product = 1.0f;
  for (var n = 0u; n < exponent; n++) { product *= x; }
  return product;
}`;

export const powerEntries = defineEntrywise(
  'power',
  { to: 'u32', x: 'u32', exponent: 'u32' },
  powerCode,
  'memory[call.to + i] = power(memory[call.x + i], call.exponent);',
);

/** to = d · exponent x^(exponent − 1). */
export const powerSlope = defineEntrywise(
  'power slope',
  { to: 'u32', x: 'u32', d: 'u32', exponent: 'u32' },
  powerCode,
  `memory[call.to + i] =
      f32(call.exponent) * power(memory[call.x + i], call.exponent - 1u) * memory[call.d + i];`,
);

/** Kingma & Ba 2015, algorithm 1; the scalars are formed on the host in doubles. */
export const adam = defineEntrywise(
  'adam',
  {
    parameters: 'u32',
    gradient: 'u32',
    m: 'u32',
    v: 'u32',
    rate: 'f32',
    beta1: 'f32',
    rest1: 'f32',
    beta2: 'f32',
    rest2: 'f32',
    reverseCorrection2: 'f32',
    epsilon: 'f32',
  },
  '',
  `let g = memory[call.gradient + i];
    let m = call.beta1 * memory[call.m + i] + call.rest1 * g;
    let v = call.beta2 * memory[call.v + i] + call.rest2 * (g * g);
    memory[call.m + i] = m;
    memory[call.v + i] = v;
    memory[call.parameters + i] -= call.rate * m / (sqrt(v * call.reverseCorrection2) + call.epsilon);`,
);

export const momentum = defineEntrywise(
  'momentum',
  { parameters: 'u32', gradient: 'u32', velocity: 'u32', rate: 'f32', momentum: 'f32' },
  '',
  `let velocity = call.momentum * memory[call.velocity + i] + memory[call.gradient + i];
    memory[call.velocity + i] = velocity;
    memory[call.parameters + i] -= call.rate * velocity;`,
);
