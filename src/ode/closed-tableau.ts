/**
 * A pair in its closed form: its last stage is k = f(t + h, y1), the next step's first.
 *
 * An FSAL pair is closed already. To any other one the end stage is appended with weight 0 in the solution and
 * in the estimate; the solver evaluates it only after a step was accepted, where the next step needs it anyway,
 * so NFE stays as it was. In this form cubic Hermite output serves every pair, and one rule hands cotangents from
 * step to step in the adjoint.
 */
import { checkTableau, isFirstSameAsLast, type Tableau } from './tableau.js';

export interface ClosedTableau extends Tableau {
  /** Stages of the pair itself: all, or all but the appended one. */
  readonly ownStages: number;
}

/** @throws UserError if the tableau's parts do not fit together */
export function closeTableau(tableau: Tableau): ClosedTableau {
  checkTableau(tableau);
  const ownStages = tableau.b.length;
  if (isFirstSameAsLast(tableau)) return { ...tableau, ownStages };
  const { interpolant } = tableau;
  return {
    ...tableau,
    ownStages,
    c: [...tableau.c, 1],
    a: [...tableau.a, tableau.b],
    b: [...tableau.b, 0],
    errorWeights: tableau.errorWeights && [...tableau.errorWeights, 0],
    interpolant: interpolant && ((theta) => [...interpolant(theta), 0]),
  };
}
