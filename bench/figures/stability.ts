/** Stability regions |R(z)| ≤ 1 of the explicit methods (Hairer & Wanner II, IV.2). */
import { tableaux, type SolverName } from '../../src/ode/tableaux/index.js';
import type { Tableau } from '../../src/ode/tableau.js';
import { colours, draw, key, Plot } from './draw.js';

const shown: readonly SolverName[] = ['heun21', 'bosh3', 'tsit5', 'dopri5_classic', 'dopri8'];

export function stabilityRegions(): Promise<string> {
  const shownArea = { x: [-6, 2.5], y: [-5.5, 5.5] } as const;
  // Wider than what is shown, so that no contour closes along the frame.
  const computed = { x1: -7, x2: 4, y1: -7, y2: 7 };
  return Promise.resolve(
    draw({
      heading: 'Stability regions: |R(z)| ≤ 1 for z = hλ; the dots stand at minus the stability size',
      marginRight: 120,
      height: 560,
      x: { label: 'Re z', domain: [...shownArea.x] },
      y: { label: 'Im z', domain: [...shownArea.y] },
      marks: [
        Plot.gridX(),
        Plot.gridY(),
        Plot.ruleX([0]),
        Plot.ruleY([0]),
        ...shown.flatMap((name, i) => [
          Plot.contour({
            ...computed,
            value: (x: number, y: number) => amplification(tableaux[name], x, y),
            thresholds: [1],
            stroke: colours[i],
            strokeWidth: 1.5,
            fill: 'none',
            pixelSize: 2,
            clip: true,
          }),
          Plot.dot([[-tableaux[name].stabilitySize, 0]], { fill: colours[i], r: 4 }),
        ]),
        ...key(shown.map((name, i) => ({ name, colour: colours[i] }))),
      ],
    }),
  );
}

/** |R(z)|, R(z) = 1 + Σ zⁿ bᵀAⁿ⁻¹1 for an explicit method, by Horner's rule. */
function amplification({ a, b }: Tableau, x: number, y: number): number {
  let power = b.map(() => 1);
  const coefficients = [1];
  for (let n = 1; n <= b.length; n += 1) {
    coefficients.push(b.reduce((sum, weight, i) => sum + weight * power[i], 0));
    power = a.map((row) => row.reduce((sum, weight, j) => sum + weight * power[j], 0));
  }
  let [real, imaginary] = [0, 0];
  for (const coefficient of coefficients.reverse()) {
    [real, imaginary] = [real * x - imaginary * y + coefficient, real * y + imaginary * x];
  }
  return Math.hypot(real, imaginary);
}
