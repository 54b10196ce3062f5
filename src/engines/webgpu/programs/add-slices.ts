/** The second half of a gradient's product over many rows: its slices, summed and added to the gradient. */
import { defineEntrywise } from '../program.js';

/** What a sliced `denseGradient` left; entry i is that of the m × n product. */
export const addSlices = defineEntrywise(
  'add slices',
  { partials: 'u32', slices: 'u32', n: 'u32', gradient: 'u32', stride: 'u32', bias: 'u32' },
  '',
  `var sum = 0.0f;
    for (var slice = 0u; slice < call.slices; slice++) { sum += memory[call.partials + slice * call.count + i]; }
    let row = i / call.n;
    let column = i % call.n;
    if (column < call.stride) {
      memory[call.gradient + row * call.stride + column] += sum;
    } else {
      memory[call.bias + row] += sum;
    }`,
);
