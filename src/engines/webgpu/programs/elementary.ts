/**
 * tanh, exp and sigmoid of our own, in WGSL: its built-in ones may be off by more than a tolerance of 1e-6 takes, and
 * its tanh may overflow.
 *
 * Source: the algorithm of the kernels (`kernels/assembly/exponential.ts`): argument reduction x = k ln 2 + r with ln 2
 * in two parts (Cody & Waite 1980), then the Taylor series of e^r − 1 − r.
 * Invariant: NaN in, NaN out; so no `min`, `max` or `clamp`, which may drop a NaN.
 * Errors, on a device whose +, −, × and ÷ are rounded correctly: tanh and exp below 2 ulp, sigmoid below 3; WGSL allows
 * 2.5 ulp more for its ÷.
 */

/** Numbers of `activate` and `slope` in WGSL. */
export const activationCodes = { none: 0, tanh: 1, relu: 2, sigmoid: 3 } as const;

export const elementaryCode = `
const REVERSE_LN2 = 1.4426950408889634f;
const LN2_HIGH = 0.693359375f;
const LN2_LOW = -2.12194440054690583e-4f;

/* x - k ln 2 */
fn reduced(x: f32, k: f32) -> f32 {
  return guard(x - k * LN2_HIGH) - k * LN2_LOW;
}

/* e^r - 1 - r for -ln 2 / 2 <= r <= 0.55 */
fn exp_rest(r: f32) -> f32 {
  var sum = 1.0f / 362880.0f;
  sum = sum * r + 1.0f / 40320.0f;
  sum = sum * r + 1.0f / 5040.0f;
  sum = sum * r + 1.0f / 720.0f;
  sum = sum * r + 1.0f / 120.0f;
  sum = sum * r + 1.0f / 24.0f;
  sum = sum * r + 1.0f / 6.0f;
  sum = sum * r + 0.5f;
  return r * r * sum;
}

fn power_of_two(k: i32) -> f32 {
  return bitcast<f32>((k + 127) << 23);
}

fn exp_of_negative(x: f32) -> f32 {
  let bounded = select(x, -104.0f, x < -104.0f);
  let k = round(bounded * REVERSE_LN2);
  let r = reduced(bounded, k);
  let exponent = i32(k);
  /* In two factors: 2^k itself may be denormal. */
  let part = exponent / 2;
  return (1.0f + (r + exp_rest(r))) * power_of_two(part) * power_of_two(exponent - part);
}

/*
 * t / (t + 2) with t = e^(2|x|) - 1, and the sign of x. For 2|x| < 0.55, where t = 2|x| + q, the same quotient is
 * |x| - (|x| t - q) / (t + 2): of its roundings only the last counts.
 */
fn own_tanh(x: f32) -> f32 {
  let magnitude = abs(x);
  let doubled = magnitude + magnitude;
  let twice = select(doubled, 20.0f, doubled > 20.0f);
  let small = twice < 0.55f;
  let k = select(round(twice * REVERSE_LN2), 0.0f, small);
  let r = reduced(twice, k);
  let q = exp_rest(r);
  let scale = power_of_two(i32(k));
  let t = scale * (r + q) + (scale - 1.0f);
  let quotient = select(t, guard(magnitude * t) - q, small) / (t + 2.0f);
  let result = select(quotient, magnitude - quotient, small);
  return bitcast<f32>(bitcast<u32>(result) | (bitcast<u32>(x) & 0x80000000u));
}

/* Exact however small. */
fn own_sigmoid(x: f32) -> f32 {
  let e = exp_of_negative(-abs(x));
  return select(1.0f, e, x < 0.0f) / (1.0f + e);
}

fn activate(kind: u32, x: f32) -> f32 {
  switch kind {
    case ${activationCodes.tanh}u: { return own_tanh(x); }
    case ${activationCodes.relu}u: { return select(x, 0.0f, x < 0.0f); }
    case ${activationCodes.sigmoid}u: { return own_sigmoid(x); }
    default: { return x; }
  }
}
`;

/** Derivative of an activation as a function of its value y; relu has slope 0 at 0. */
export const slopeCode = `
fn slope(kind: u32, y: f32) -> f32 {
  switch kind {
    case ${activationCodes.tanh}u: { return 1.0f - y * y; }
    case ${activationCodes.relu}u: { return select(0.0f, 1.0f, y > 0.0f); }
    case ${activationCodes.sigmoid}u: { return y * (1.0f - y); }
    default: { return 1.0f; }
  }
}
`;
