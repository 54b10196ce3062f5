/** From marks to a standalone SVG file: the only place that knows how a plot becomes text. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

const { document } = parseHTML('<!doctype html><html><body></body></html>') as { readonly document: object };

export interface FigureOptions extends Plot.PlotOptions {
  /** Written above the plot, and read out as its label. */
  readonly heading: string;
}

/** Okabe & Ito's colours: told apart without colour vision. */
export const colours = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#e69f00',
  '#56b4e9',
  '#000000',
  '#999999',
] as const;

export interface Series {
  readonly name: string;
  readonly colour: string;
  readonly dashed?: boolean;
}

/** Names of the series in their colours, one below the other in the margin: labels at lines' ends would collide. */
export function key(series: readonly Series[]): Plot.Markish[] {
  return series.map(({ name, colour, dashed = false }, i) =>
    Plot.text([dashed ? `┄ ${name}` : `— ${name}`], {
      frameAnchor: 'top-right',
      textAnchor: 'start',
      dx: 8,
      dy: 4 + 17 * i,
      fill: colour,
    }),
  );
}

/** A logarithmic axis with a tick a decade, or one every few, from 10^first to 10^last. */
export function decades(label: string, first: number, last: number, every = 1): Plot.ScaleOptions {
  const exponents = Array.from({ length: Math.floor((last - first) / every) + 1 }, (_, k) => first + every * k);
  return {
    type: 'log',
    label,
    grid: true,
    domain: [10 ** first, 10 ** last],
    ticks: exponents.map((exponent) => 10 ** exponent),
    tickFormat: (value: number) => `1e${Math.round(Math.log10(value))}`,
  };
}

/** Height of the heading. */
const BAND = 28;

/** What is used of the drawn element; this project has no types of the DOM. */
interface DrawnElement {
  readonly tagName: string;
  readonly outerHTML: string;
  getAttribute(name: string): string | null;
  setAttribute(name: string, value: string): void;
  querySelector(selector: string): { remove(): void } | null;
}

/** @returns an SVG document of its own, on white, so that it reads the same in dark pages */
export function draw({ heading, ...options }: FigureOptions): string {
  const plot: DrawnElement = Plot.plot({
    width: 720,
    height: 420,
    marginLeft: 60,
    marginTop: 32,
    marginRight: 110,
    marginBottom: 44,
    ...options,
    document: document,
    style: { background: 'white', fontSize: '12px', color: '#222' } as never,
  }) as never;
  // A legend would wrap the plot in a figure element: `key` stands in the margin instead.
  if (plot.tagName.toLowerCase() !== 'svg') throw new Error(`${heading}: a figure must be one SVG, without a legend.`);
  plot.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  plot.setAttribute('role', 'img');
  plot.setAttribute('aria-label', heading);
  // Its rules are for pages; white space is as it should be without them.
  plot.querySelector('style')?.remove();
  const words = heading.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const title = `<text x="8" y="${16 - BAND}" text-anchor="start" font-weight="600" font-size="13">${words}</text>`;
  // A band above the plot for the heading: the labels of axes stand at its very top.
  const [, , width, height] = (plot.getAttribute('viewBox') ?? '').split(' ').map(Number);
  plot.setAttribute('viewBox', `0 ${-BAND} ${width} ${height + BAND}`);
  plot.setAttribute('height', String(height + BAND));
  return `${withOwnIds(plot.outerHTML).replace(/<\/svg>$/, title)}</svg>\n`;
}

/** Plot counts its clip paths over all plots of a process: a figure drawn alone would be another file. */
function withOwnIds(drawing: string): string {
  const ids = [...new Set(drawing.match(/plot-clip-\d+/g))];
  return drawing.replace(/plot-clip-\d+/g, (id) => `clip-${ids.indexOf(id) + 1}`);
}

export { Plot };
