/**
 * How deep the fixed-point iteration of a training run is: all batch sizes share it, predictions too, and it only
 * grows (arXiv 2303.17824, adaptive depth; `raiseDepth`).
 */
import type { NonlinearSettings } from '../ode/implicit/nonlinear.js';
import { raiseDepth } from '../ode/implicit/raise-depth.js';

export class UnrollDepth {
  /** Null: still as the settings say. */
  #raised: number | null = null;

  /** Null: never raised. */
  get raised(): number | null {
    return this.#raised;
  }

  restore(raised: number | null): void {
    this.#raised = raised;
  }

  /** The settings at the depth reached. */
  apply(settings: NonlinearSettings): NonlinearSettings {
    return settings.kind === 'newton' || this.#raised === null ? settings : { ...settings, depth: this.#raised };
  }

  /** @param unrollingError of the latest iteration @param loss of the same */
  heed(settings: NonlinearSettings, unrollingError: number, loss: number): void {
    if (settings.kind === 'newton' || settings.raise === undefined) return;
    this.#raised = raiseDepth(settings.raise, this.#raised ?? settings.depth, unrollingError, loss);
  }
}
