/** A line chart of one figure over a trial's epochs. */
import type { CurvePoint } from '../sweep/monitor/trial-curve.js';
import { createBrailleCanvas } from './braille-canvas.js';
import { arrangePlot, dotAt, framePlot } from './plot-frame.js';
import { fitScale } from './scale.js';
import type { Line, Tone } from './styled-line.js';

/** @param size in terminal cells @returns at most height lines; none where there is no room or nothing to draw */
export function plotCurve(
  points: readonly CurvePoint[],
  tone: Tone,
  size: { readonly width: number; readonly height: number },
): readonly Line[] {
  const finite = points.filter(({ value }) => Number.isFinite(value));
  const first = finite.at(0);
  if (first === undefined) return [];
  const x = { kind: 'linear', low: 1, high: Math.max(2, ...points.map(({ epoch }) => epoch)) } as const;
  const area = arrangePlot(x, fitScale(finite.map(({ value }) => value)), size.width, size.height);
  if (area === null) return [];
  const canvas = createBrailleCanvas(area.columns, area.rows);
  let from = dotAt(area, first.epoch, first.value);
  for (const { epoch, value } of finite) {
    const to = dotAt(area, epoch, value);
    canvas.line(from.x, from.y, to.x, to.y, 1);
    from = to;
  }
  const cells = canvas.rows().map((row) => row.map(({ character }) => ({ character, tone })));
  return framePlot(area, cells);
}
