/** The parameters that a stored trial really ran by. */
import type { ParameterValues, TrialEnvironment } from '../../training/trial.js';
import type { StoredTrial } from '../store.js';

/** With the engine that `auto` chose then: what starts here, and the cores that a worker has, may be others now. */
export function parametersAsRun({
  cell: { parameters },
  environment,
}: Pick<StoredTrial, 'cell'> & { readonly environment: TrialEnvironment | null }): ParameterValues {
  if (parameters.engine !== 'auto' || environment === null) return parameters;
  return { ...parameters, engine: environment.engine };
}
