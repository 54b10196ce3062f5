/**
 * Fits the cost models of `engine: auto` (src/engines/auto): times stages of fields of many shapes on each engine, one
 * thread, and prints the three constants with how far the model is off. The constants are copied into
 * src/engines/auto/costs.ts by hand, with the machine they were measured on.
 *
 * Run: `npm run build:kernels && node test/run-typescript.js bench/engine-costs.ts [kernels] [tensorflow] [webgpu]`;
 * default: the first two, since the costs of a GPU are its own.
 */
import { countStage, stageSeconds, type CostModel, type Counts, type Work } from '../src/engines/auto/cost-model.js';
import type { Dtype, Engine } from '../src/engines/engine.js';
import { createEngine } from '../src/engines/index.js';
import { activation, chain, dense, type LayerDeclaration } from '../src/models/chain.js';

/** Libraries read it when they load: the models are of one thread. */
process.env.TF_NUM_INTRAOP_THREADS = '1';
process.env.TF_NUM_INTEROP_THREADS = '1';

const widths = [
  [2, 50],
  [20, 50, 20, 50],
  [32, 64],
  [64, 64],
  [128, 256],
  [784, 100],
];
const rowCounts = [1, 16, 64, 512];

function perceptron(state: number, ...hidden: readonly number[]): Work['field'] {
  const layers: LayerDeclaration[] = hidden.flatMap((width) => [dense(width), activation('tanh')]);
  return chain(state, [...layers, dense(state)]);
}

/** Fastest of several timings of a stage, in seconds. */
async function time(engine: Engine, { field, rows }: Work): Promise<number> {
  const values = Float64Array.from({ length: field.parameterCount }, (_, i) => Math.sin(i) / 8);
  const parameters = engine.createParameters(values);
  const compiled = engine.compile(field, parameters, 0);
  const kept = compiled.createActivations(rows);
  const [y, k, kBar, yBar, other] = Array.from({ length: 5 }, () => engine.allocate(rows, field.outputs));
  for (const tensor of [y, k, kBar, other]) engine.fill(tensor, 0.3);
  const stage = (): void => {
    engine.combine(other, y, 0.1, [0.1, 0.2, 0.3, 0.4], [k, kBar, k, kBar]);
    compiled.evaluate(0.5, y, k, kept);
    engine.combine(kBar, null, 0.1, [0.1, 0.2, 0.3, 0.4], [other, y, other, y]);
    compiled.pullback(0.5, y, k, kept, kBar, yBar);
  };
  let calls = 1;
  let best = Infinity;
  for (let round = 0; round < 12; round += 1) {
    const began = performance.now();
    for (let call = 0; call < calls; call += 1) stage();
    await engine.rmsDifference(yBar, y);
    const seconds = (performance.now() - began) / 1000;
    best = Math.min(best, seconds / calls);
    if (seconds < 0.02) calls = Math.ceil((calls * 0.03) / Math.max(seconds, 1e-5));
  }
  kept.dispose();
  compiled.dispose();
  for (const tensor of [y, k, kBar, yBar, other]) engine.free(tensor);
  parameters.dispose();
  return best;
}

/** Least squares of the relative error over constants that are not negative: the best of all subsets of the three. */
function fit(samples: readonly { readonly counts: Counts; readonly seconds: number }[]): CostModel {
  const columns = samples.map(({ counts, seconds }) => [
    counts.calls / seconds,
    counts.operations / seconds,
    counts.entries / seconds,
  ]);
  let best = { error: Infinity, values: [0, 0, 0] };
  for (let subset = 1; subset < 8; subset += 1) {
    const chosen = [0, 1, 2].filter((index) => (subset >> index) % 2 === 1);
    const solution = solve(
      chosen.map((a) => chosen.map((b) => columns.reduce((sum, row) => sum + row[a] * row[b], 0))),
      chosen.map((a) => columns.reduce((sum, row) => sum + row[a], 0)),
    );
    const values = [0, 0, 0];
    chosen.forEach((index, place) => (values[index] = solution[place]));
    const error = columns.reduce((sum, row) => sum + (row.reduce((s, x, i) => s + x * values[i], 0) - 1) ** 2, 0);
    if (values.every((value) => value >= 0) && error < best.error) best = { error, values };
  }
  const [call, operation, entry] = best.values;
  return { call, operation, entry };
}

/** Gaussian elimination without pivoting: the matrices are positive definite. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): readonly number[] {
  const rows = matrix.map((row, i) => [...row, right[i]]);
  for (let i = 0; i < rows.length; i += 1) {
    for (let j = 0; j < rows.length; j += 1) {
      if (j === i) continue;
      const factor = rows[j][i] / rows[i][i];
      rows[j] = rows[j].map((value, k) => value - factor * rows[i][k]);
    }
  }
  return rows.map((row, i) => row[row.length - 1] / row[i]);
}

const known: readonly [string, Dtype][] = [
  ['kernels', 'f32'],
  ['kernels', 'f64'],
  ['tensorflow', 'f32'],
  ['webgpu', 'f32'],
];
const wanted = process.argv.length > 2 ? process.argv.slice(2) : ['kernels', 'tensorflow'];
for (const [name, dtype] of known.filter(([name]) => wanted.includes(name))) {
  const engine = await createEngine(name, dtype);
  const works = widths.flatMap((shape) =>
    rowCounts.map((rows) => ({ rows, field: perceptron(shape[0], ...shape.slice(1)) })),
  );
  const samples = [];
  for (const work of works) samples.push({ work, counts: countStage(work), seconds: await time(engine, work) });
  const model = fit(samples);
  console.log(`${name} ${dtype} (${engine.device})`);
  for (const { work, seconds } of samples) {
    const label = `${work.field.inputs} wide, ${work.field.layers.length} layers, ${work.rows} rows`;
    const predicted = stageSeconds(model, work, 1);
    const ratio = (predicted / seconds).toFixed(2);
    console.log(`  ${label.padEnd(32)} ${(seconds * 1e6).toFixed(1).padStart(9)} µs   predicted ÷ measured ${ratio}`);
  }
  const constants = Object.entries(model).map(([part, value]) => `${part}: ${(value as number).toExponential(2)}`);
  console.log(`  { ${constants.join(', ')} }`);
  engine.dispose();
}
