/**
 * Reverse of the error norm (numerics: joint error norm). With E = sqrt(mean (e/s)²) and s = atol + rtol·max(|y0|, |y1|):
 * ∂E/∂e = e / (n E s²) and ∂E/∂s = −e² / (n E s³).
 */
import { defineEntrywise } from '../program.js';
import { weightedSumCode } from './entrywise.js';
import { largerCode, scaleCode } from './sums.js';

/** `factor`: Ē / (n E). Overwrites eBar, adds to y0Bar and y1Bar. */
export const errorNormPullback = defineEntrywise(
  'error norm pullback',
  {
    y0: 'u32',
    y1: 'u32',
    termCount: 'u32',
    atol: 'f32',
    rtol: 'f32',
    factor: 'f32',
    eBar: 'u32',
    y0Bar: 'u32',
    y1Bar: 'u32',
  },
  weightedSumCode + scaleCode + largerCode,
  `let y0 = memory[call.y0 + i];
    let y1 = memory[call.y1 + i];
    let scale = scale_of(larger(abs(y0), abs(y1)));
    let ratio = weighted_sum(i) / scale;
    let cotangent = call.factor * ratio / scale;
    let scaleBar = -cotangent * ratio * call.rtol;
    memory[call.eBar + i] = cotangent;
    if (abs(y0) >= abs(y1)) {
      memory[call.y0Bar + i] += scaleBar * sign(y0);
    } else {
      memory[call.y1Bar + i] += scaleBar * sign(y1);
    }`,
  { lists: true },
);
