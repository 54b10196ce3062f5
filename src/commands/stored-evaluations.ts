/** What `sweep evaluate` has stored of a sweep, as points beside its trials. */
import { evaluatedPoints, type ParetoPoint } from '../report/pareto-rows.js';
import { sqlText } from './quoting.js';
import { withReader } from './with-reader.js';

/** None where the sweep, or an evaluation of it, is yet to come. @param path of a database that exists */
export function storedEvaluations(path: string, sweep: string): Promise<readonly ParetoPoint[]> {
  return withReader(path, async (reader) => {
    const { rows } = await reader.query(`SELECT 1 FROM evaluations WHERE sweep = ${sqlText(sweep)} LIMIT 1`);
    return rows.length === 0 ? [] : evaluatedPoints(await reader.results(sweep), await reader.evaluations(sweep));
  });
}
