/**
 * A member of a family of solvers for each training batch, drawn anew (Gusak et al., arXiv 2103.08561).
 *
 * Solver and adjoint belong to one method, so a member met for the first time has its own made, and the one that was
 * not used for longest is given back.
 */
import type { Tableau } from '../ode/tableau.js';
import { drawTableau, type Draws, type SolverRegime } from '../ode/tableaux/solver-regime.js';
import type { Dynamics, DynamicsCotangents, DynamicsRequest, DynamicsSolution } from './dynamics.js';

/** As many as a switching regime has members; smoothing never meets one again. */
const MEMBERS_KEPT = 2;

export class FamilyDynamics implements Dynamics {
  readonly #regime: SolverRegime;
  readonly #create: (tableau: Tableau) => Dynamics;
  /** By name, the one used last at the end. */
  readonly #members = new Map<string, Dynamics>();
  #latest: Dynamics | null = null;

  constructor(regime: SolverRegime, create: (tableau: Tableau) => Dynamics) {
    this.#regime = regime;
    this.#create = create;
  }

  solve(request: DynamicsRequest, draws: Draws): Promise<DynamicsSolution> {
    const tableau = drawTableau(this.#regime, draws);
    const member = this.#members.get(tableau.name) ?? this.#create(tableau);
    this.#members.delete(tableau.name);
    this.#members.set(tableau.name, member);
    for (const [name, oldest] of this.#members) {
      if (this.#members.size <= MEMBERS_KEPT) break;
      oldest.dispose();
      this.#members.delete(name);
    }
    this.#latest = member;
    return member.solve(request, draws);
  }

  pullback(solution: DynamicsSolution, cotangents: DynamicsCotangents): ReturnType<Dynamics['pullback']> {
    if (this.#latest === null) throw new Error('Nothing was solved for training.');
    return this.#latest.pullback(solution, cotangents);
  }

  dispose(): void {
    for (const member of this.#members.values()) member.dispose();
    this.#members.clear();
  }
}
