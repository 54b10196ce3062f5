/** Draws every figure of docs/numerics.md into docs/figures: `npm run figures`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { stabilityRegions } from './stability.js';
import { stepHistory, stiffnessHistory } from './step-history.js';

const figures: Readonly<Record<string, () => Promise<string>>> = {
  'step-history': stepHistory,
  'stiffness-history': stiffnessHistory,
  'stability-regions': stabilityRegions,
};

const folder = new URL('../../docs/figures/', import.meta.url);
await mkdir(folder, { recursive: true });
for (const [name, figure] of Object.entries(figures)) {
  const began = performance.now();
  await writeFile(new URL(`${name}.svg`, folder), await figure());
  console.log(`docs/figures/${name}.svg  ${((performance.now() - began) / 1000).toFixed(1)} s`);
}
