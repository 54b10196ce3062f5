/** How long the cells of a plan will take, by trials of the same task that have ended. */
import { fitCostModel, type CostSample } from '../../forecast/cost-model.js';
import { estimateDuration, type DurationEstimate } from '../../forecast/duration-estimate.js';
import type { Cell } from '../cell.js';

/** So many of the cells, evenly spread, stand for all. */
const mostCells = 1000;

/** @returns null where nothing of the kind has run */
export function estimatePlan(
  cells: readonly Cell[],
  costs: readonly CostSample[],
  workers: number,
): DurationEstimate | null {
  if (costs.length === 0 || cells.length === 0) return null;
  const stride = Math.max(1, Math.floor(cells.length / mostCells));
  const settings = cells.filter((_, index) => index % stride === 0).map(({ parameters }) => parameters);
  return estimateDuration(cells.length, fitCostModel(costs, settings).forecastMean(settings), [], workers);
}
