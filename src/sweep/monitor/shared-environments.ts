/** Environments of trials, each kept once: those of a run hardly differ, but every one comes as an object of its own. */
import type { TrialEnvironment } from '../../training/trial.js';

/** Of more, what varies is nothing that trials share. */
const most = 64;

export class SharedEnvironments {
  readonly #known = new Map<string, TrialEnvironment>();

  /** @returns the first one that was equal to it */
  of(environment: TrialEnvironment): TrialEnvironment {
    const key = JSON.stringify(environment);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.#known.size === most) this.#known.clear();
    this.#known.set(key, environment);
    return environment;
  }
}
