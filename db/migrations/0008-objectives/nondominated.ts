/**
 * The frontier of each sweep's own objectives in SQL: common table expressions from `goal` (a row a sweep: what it is judged
 * by) over `point` (what competes, which a view says) to `frontier`. It is that of src/pareto/frontier.ts: ties stay, and
 * a point with a value that is missing or not finite (both are NULL here) neither stands on it nor dominates.
 *
 * Plain SQL, so that every SQLite shell sees the same frontier, and computed when it is asked for: nothing to keep in step
 * with trials that end, evaluations that are added, cells whose means move, and files whose objectives change.
 *
 * Objectives that a sweep lacks count as equal in all of its points, which changes nothing.
 *
 * Cost: O(n log n) for one or two objectives (100,000 trials: 0.4 s of processor time), by windows: a point is dominated by
 * one with no greater first cost and a lower second, or with an equal second and a lower first. With more, pairs are compared,
 * but only those of points that the `rivals` best leave: the rank sum, blind to the scales of the objectives, is lower for
 * whoever dominates. 100,000 random trials of three or four objectives take 1.5 s; where almost all are on the frontier it is
 * O(n²): 10,000 take 6 s.
 */

/** Sweep files name no more; with so many nearly every trial is on the frontier. */
const mostObjectives = 8;

/** Numbers of objectives, from 1. */
export const ordinals: readonly number[] = Array.from({ length: mostObjectives }, (_, index) => index + 1);

/** Best points of a sweep that all others are held against before they are held against each other: more cost what they spare. */
const rivals = 300;

/** One line for each objective. */
export function each(line: (ordinal: number) => string, separator = ',\n    '): string {
  return ordinals.map(line).join(separator);
}

/** A sweep's objectives: how many, and the name, the path in a program's own metrics and the sign of each. */
export const goal = `
goal AS MATERIALIZED (
  SELECT
    id AS sweep_id, json_array_length(objectives) AS goals,
    ${each((i) => {
      const entry = `objectives ->> '$[${i - 1}]`;
      return `${entry}.name' AS name_${i}, '$.' || json_quote(${entry}.name') AS path_${i},
    iif(${entry}.goal' = 'maximize', -1.0, 1.0) AS sign_${i}`;
    })}
  FROM sweep
)`;

/**
 * The value of objective `ordinal`, beside `goal`.
 * @param columns expressions of what has a column, by the objective's name
 */
export function valueOf(ordinal: number, columns: Readonly<Record<string, string>>): string {
  const cases = Object.entries(columns).map(([name, column]) => `WHEN '${name}' THEN ${column}`);
  const own = `CAST(json_extract(trial.metrics, path_${ordinal}) AS REAL)`;
  return `CASE WHEN goals < ${ordinal} THEN 0.0 ELSE CASE name_${ordinal} ${cases.join(' ')} ELSE ${own} END END`;
}

/**
 * From `point` (sweep_id, goals, the keys, cost_1 …) to `frontier` (the keys).
 * @param keys columns that tell a point from the others
 */
export function nondominated(keys: readonly string[]): string {
  const key = keys.join(', ');
  const dominated = (by: string): string => `EXISTS (
    SELECT 1 FROM ${by} AS other
    WHERE other.sweep_id = one.sweep_id AND other.rank_sum < one.rank_sum
      AND ${each((i) => `other.cost_${i} <= one.cost_${i}`, ' AND ')}
  )`;
  return `
finite AS MATERIALIZED (
  SELECT * FROM point WHERE ${each((i) => `cost_${i} IS NOT NULL`, ' AND ')}
),
plane AS (
  SELECT
    ${key}, cost_1, cost_2,
    min(cost_2) OVER (PARTITION BY sweep_id ORDER BY cost_1) AS best_2_up_to_1,
    min(cost_1) OVER (PARTITION BY sweep_id, cost_2) AS best_1_at_2
  FROM finite
  WHERE goals <= 2
),
ranked AS (
  SELECT
    *,
    ${each((i) => `rank() OVER (PARTITION BY sweep_id ORDER BY cost_${i})`, '\n      + ')} AS rank_sum
  FROM finite
  WHERE goals > 2
),
placed AS MATERIALIZED (
  SELECT *, row_number() OVER (PARTITION BY sweep_id ORDER BY rank_sum) AS place FROM ranked
),
rival AS MATERIALIZED (SELECT * FROM placed WHERE place <= ${rivals} ORDER BY place),
left_over AS MATERIALIZED (
  SELECT * FROM placed AS one
  WHERE NOT ${dominated('rival')}
  ORDER BY place
),
frontier AS (
  SELECT ${key} FROM plane WHERE cost_2 = best_2_up_to_1 AND cost_1 = best_1_at_2
  UNION ALL
  SELECT ${key} FROM left_over AS one
  WHERE NOT ${dominated('left_over')}
)`;
}
