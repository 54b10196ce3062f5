/**
 * How much of the engine's own rate of matrix products a whole solve reaches: the time that its products take alone ÷ the
 * time of the solve.
 */
import type { Engine } from '../../src/engines/engine.js';
import { chain, dense } from '../../src/models/chain.js';
import { tableaux } from '../../src/ode/tableaux/index.js';
import { Solver } from '../../src/ode/solver.js';
import type { OdeProblem } from '../problems/problem.js';

const REPEATS = 15;

export interface SolveShare {
  readonly solveMilliseconds: number;
  readonly productsMilliseconds: number;
  /** Of the products alone. */
  readonly gigaflops: number;
  readonly share: number;
}

export async function solveShare(engine: Engine, problem: OdeProblem): Promise<SolveShare> {
  const { model, rows, batch, initial, tolerance } = problem;
  const { field } = model;
  if (!('layers' in field)) throw new Error(`${problem.name}: its field has no layers to time alone.`);
  const parameters = engine.createParameters(initial);
  const compiled = engine.compile(field, parameters, 0);
  const columns = field.inputs;
  const solver = new Solver({ engine, field: compiled, tableau: tableaux.tsit5, rows, columns });
  const y0 = engine.allocate(rows, columns);
  engine.write(y0, batch.inputs);
  let nfe = 0;
  const solve = async (): Promise<void> => {
    const { statistics } = await solver.solve({
      y0,
      t0: model.t0,
      t1: model.t1,
      controller: 'integral',
      atol: tolerance,
      rtol: tolerance,
      maxSteps: 10_000,
      saveat: [],
      keepStates: false,
      stiffness: null,
    });
    nfe = statistics.nfe;
  };
  // The products alone: each dense layer of the field on inputs of its own, without time and activation.
  const products = field.layers.flatMap((layer) => (layer.kind === 'dense' ? [product(engine, layer, rows)] : []));
  let [solveSeconds, productSeconds] = [Infinity, Infinity];
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    solveSeconds = Math.min(solveSeconds, await seconds(solve));
    productSeconds = Math.min(
      productSeconds,
      await seconds(async () => {
        for (const product of products) await product.run();
      }),
    );
  }
  const operations = products.reduce((sum, product) => sum + product.operations, 0);
  for (const product of products) product.dispose();
  solver.dispose();
  compiled.dispose();
  parameters.dispose();
  engine.free(y0);
  return {
    solveMilliseconds: 1000 * solveSeconds,
    productsMilliseconds: 1000 * nfe * productSeconds,
    gigaflops: operations / productSeconds / 1e9,
    share: (nfe * productSeconds) / solveSeconds,
  };
}

function product(
  engine: Engine,
  { inputs, outputs }: { readonly inputs: number; readonly outputs: number },
  rows: number,
) {
  const layer = chain(inputs - 1, [dense(outputs)]);
  const parameters = engine.createParameters(new Float64Array(layer.parameterCount).fill(1 / 1024));
  const compiled = engine.compile(layer, parameters, 0);
  const [x, y] = [engine.allocate(rows, layer.inputs), engine.allocate(rows, outputs)];
  engine.fill(x, 1 / 1024);
  return {
    operations: 2 * rows * layer.inputs * outputs,
    async run(): Promise<void> {
      compiled.evaluate(0, x, y);
      // A read orders the work of an engine that queues it.
      if (engine.name !== 'kernels') await engine.dot(y, y);
    },
    dispose(): void {
      engine.free(x);
      engine.free(y);
      compiled.dispose();
      parameters.dispose();
    },
  };
}

async function seconds(run: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await run();
  return (performance.now() - began) / 1000;
}
