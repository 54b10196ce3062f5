/** What regularisers do to NFE: descents on one of them alone, on small nets, at tolerance 1e-6. */
import {
  descendOnError,
  descendOnStiffness,
  seeds,
  settled,
  train,
  trainedSeeds,
  type Point,
} from '../../test/regularizers/descents.js';
import { regularizerPresetNames, type RegularizerPreset } from '../../src/regularizers/presets.js';
import { colours, draw, key, Plot } from './draw.js';
import { once } from './once.js';
import type { Table } from './page.js';

type ByPreset = Readonly<Record<RegularizerPreset, readonly (readonly Point[])[]>>;

const onError = once(async (): Promise<ByPreset> => ({
  paper_text: await inTurn(seeds, (seed) => descendOnError('paper_text', seed)),
  paper_code: await inTurn(seeds, (seed) => descendOnError('paper_code', seed)),
}));

const onStiffness = once(async (): Promise<ByPreset> => ({
  paper_text: [await descendOnStiffness('paper_text')],
  paper_code: [await descendOnStiffness('paper_code')],
}));

export async function nfeDescent(): Promise<string> {
  const [error, stiffness] = [await onError(), await onStiffness()];
  const series = [
    { name: 'R_E, five nets', colour: colours[0], descents: error.paper_text },
    { name: 'R_S, a stiff field', colour: colours[1], descents: stiffness.paper_text },
  ];
  return draw({
    heading: 'NFE at tolerance 1e-6 while parameters descend on R_E alone, on R_S alone (paper_text)',
    marginRight: 150,
    x: { label: 'iteration' },
    y: { label: 'NFE', grid: true, zero: true },
    marks: [
      ...series.flatMap(({ colour, descents }) =>
        descents.map((points) =>
          Plot.line(
            points.map(({ nfe }, n) => [n, nfe]),
            { stroke: colour, strokeWidth: 1.2 },
          ),
        ),
      ),
      ...key(series),
    ],
  });
}

/** Regularisers that training alone can descend on, with all others and the data outweighed. */
const trained: readonly (readonly [string, Readonly<Record<string, number | string>>])[] = [
  ['R_2 (Taylor)', { taylor_weight: 1e9 }],
  ['R_3 (Taylor)', { taylor_weight: 1e9, taylor_order: 3 }],
  ...(['unbiased', 'biased'] as const).flatMap((local_sampling) =>
    (['constant', 'differentiated'] as const).map(
      (local_first_stage) =>
        [
          `local, ${local_sampling}, first stage ${local_first_stage}`,
          { local_weight: 1e9, local_sampling, local_first_stage },
        ] as const,
    ),
  ),
];

export async function regularisers(): Promise<Table> {
  const rows: (readonly (string | number)[])[] = [];
  for (const [name, field, measure] of [
    ['R_E', 'x³ – tanh', onError],
    ['R_S', 'linear, stiff', onStiffness],
  ] as const) {
    const measured = await measure();
    for (const preset of regularizerPresetNames) {
      const nfe = measured[preset].map((points) => points.map((point) => point.nfe));
      const ends = nfe.map((values) => values[values.length - 1]);
      rows.push(rowOf(`${name}, ${preset}`, field, nfe, ends));
    }
  }
  for (const [name, given] of trained) {
    const nfe = await inTurn(trainedSeeds, (seed) => train(given, seed));
    rows.push(rowOf(name, 'x³ – tanh', nfe, nfe.map(settled)));
  }
  return { columns: ['regulariser', 'field', 'nets', 'NFE before', 'after', 'each net'], rows };
}

function rowOf(
  name: string,
  field: string,
  nfe: readonly (readonly number[])[],
  ends: readonly number[],
): readonly (string | number)[] {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const starts = nfe.map(([start]) => start);
  const shares = starts.map((start, k) => `× ${(ends[k] / start).toFixed(2)}`);
  return [name, field, nfe.length, mean(starts).toFixed(0), mean(ends).toFixed(0), shares.join(', ')];
}

/** One after another: what runs at once shares two cores and one clock. */
async function inTurn<Item, Result>(
  items: readonly Item[],
  measure: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const item of items) results.push(await measure(item));
  return results;
}
