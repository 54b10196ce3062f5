/**
 * Canonical form and hash of a cell.
 *
 * Numbers are written in their shortest round-trip form (1.0 and 1 are the same cell, −0 is 0), keys are
 * sorted, defaults are filled in before: equal hashes mean equal work.
 */
import { createHash } from 'node:crypto';
import type { ParameterValues } from '../training/trial.js';
import type { Cell } from './cell.js';

export function identifyCell(task: string, parameters: ParameterValues): Cell {
  const names = Object.keys(parameters).sort();
  const canonical = Object.fromEntries(
    names.map((name) => [name, parameters[name] === 0 ? 0 : parameters[name]] as const),
  );
  const unseeded = Object.fromEntries(Object.entries(canonical).filter(([name]) => name !== 'seed'));
  return { hash: hash(task, canonical), group: hash(task, unseeded), parameters: canonical };
}

function hash(task: string, parameters: ParameterValues): string {
  return createHash('sha256').update(JSON.stringify({ parameters, task })).digest('hex');
}
