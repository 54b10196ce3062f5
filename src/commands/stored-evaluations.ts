/** What `sweep evaluate` has stored of a sweep, as points beside its trials. */
import { openReader } from '../../db/index.js';
import { evaluatedPoints, type ParetoPoint } from '../report/pareto-rows.js';

/** None where the sweep, or an evaluation of it, is yet to come. @param path of a database that exists */
export async function storedEvaluations(path: string, sweep: string): Promise<readonly ParetoPoint[]> {
  const reader = await openReader(path);
  try {
    const { rows } = await reader.query(
      `SELECT 1 FROM evaluations WHERE sweep = '${sweep.replaceAll("'", "''")}' LIMIT 1`,
    );
    return rows.length === 0 ? [] : evaluatedPoints(await reader.results(sweep), await reader.evaluations(sweep));
  } finally {
    await reader.close();
  }
}
