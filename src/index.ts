/** The library: the numerical core and what a task of one's own needs, usable without any sweep. */
export { UserError, type UserErrorCode } from './errors.js';
export { createEngine, engineNames, probeEngines, type EngineName, type EngineProbe } from './engines/index.js';
export type * from './engines/engine.js';
export type * from './engines/layer.js';
export { activation, chain, concatTime, dense, power, type LayerDeclaration } from './models/chain.js';
export { tfjsField, type TfjsFieldDeclaration, type TfjsParameterDeclaration } from './models/tfjs-field.js';
export type { TfjsField, TfjsInitial, TfjsParameter } from './engines/tfjs/field.js';
export type { TfjsBridge } from './engines/tfjs/bridge.js';
export { chainsOf, glorotParameters, parameterCountOf, type NeuralOde } from './models/neural-ode.js';
export { solve, type SolvedEvent, type SolveOptions, type SolveResult } from './library/solve.js';
export {
  gradient,
  type Gradient,
  type GradientOptions,
  type LossWithCotangents,
  type SolvedStates,
} from './library/gradient.js';
export { Solver } from './ode/solver.js';
export type { EventOccurrence, Solution } from './ode/solution.js';
export { ImplicitSolver, type ImplicitOptions } from './ode/implicit/solver.js';
export { implicitMethods, type ImplicitMethod } from './ode/implicit/method.js';
export type { ImplicitGrid, ImplicitRequest, ImplicitSolution, ImplicitStatistics } from './ode/implicit/request.js';
export type { NonlinearSettings } from './ode/implicit/nonlinear.js';
export { raiseDepth } from './ode/implicit/raise-depth.js';
export { ImplicitAdjoint } from './adjoint/implicit.js';
export type { SdeSolution, SdeStatistics } from './ode/sde/solution.js';
export { SdeSolver } from './ode/sde/solver.js';
export type { SdeOutputRule, SdeSolveRequest } from './ode/sde/solve-request.js';
export type { SdeStepperOptions } from './ode/sde/step.js';
export { sdeMethodNames, sdeMethods, type SdeMethodName } from './ode/sde/tableaux/index.js';
export type { ErrorSigns, SriTableau } from './ode/sde/sri-tableau.js';
export type { BrownianPath } from './ode/sde/brownian-path.js';
export { BrownianTree, type BrownianTreeOptions } from './random/brownian-tree.js';
export { SdeAdjoint, type SdeAdjointMode, type SdeAdjointRequest } from './adjoint/sde.js';
export { PerSampleSolver, type PerSampleSolution } from './ode/per-sample.js';
export type { ConstantSteps, SolveRequest } from './ode/solve-request.js';
export type { SolveEvent } from './ode/events.js';
export { controllerNames, type ControllerName, type ControllerSettings } from './ode/controllers/index.js';
export type { AcceptedStep, Attempt, Grid, OutputPoint } from './ode/grid.js';
export type { StiffnessEstimate, StiffnessNorm } from './ode/stiffness.js';
export { functionField, type FieldFunctions, type FunctionField } from './ode/function-field.js';
export type { SolveOutcome, SolveState, SolveStatistics } from './ode/outcome.js';
export {
  fixedStepNames,
  pairNames,
  solverNames,
  tableaux,
  type PairName,
  type SolverName,
} from './ode/tableaux/index.js';
export { rk2, rk3, rk4 } from './ode/tableaux/families.js';
export {
  drawTableau,
  tableauOf,
  type Draws,
  type FamilyMember,
  type SolverRegime,
} from './ode/tableaux/solver-regime.js';
export type { Tableau } from './ode/tableau.js';
export type { VectorField } from './ode/vector-field.js';
export { adjointModes, createAdjoint, type AdjointMode, type AdjointSettings } from './adjoint/create-adjoint.js';
export { CheckpointAdjoint } from './adjoint/checkpoint.js';
export { PerSampleAdjoint, type PerSampleCotangents } from './adjoint/per-sample.js';
export type * from './adjoint/adjoint.js';
export { SteadyStateSolver, type SteadyStateRequest, type SteadyStateSolution } from './ode/steady-state.js';
export {
  SteadyStateAdjoint,
  type SteadyStateAdjointRequest,
  type SteadyStateAdjointResult,
} from './adjoint/steady-state.js';
export { errorRegularizer } from './regularizers/error.js';
export { stiffnessRegularizer, type StiffnessSettings } from './regularizers/stiffness.js';
export type { AggregationSettings } from './regularizers/aggregation.js';
export { steer } from './regularizers/steer.js';
export { taylorRegularizer } from './regularizers/taylor.js';
export { localRegularizer, LocalStep, type LocalStart, type LocalValue } from './regularizers/local.js';
export { regularizerPresets, type StepSettings } from './regularizers/presets.js';
export type * from './regularizers/regularizer.js';
export { createRandom } from './random/create-random.js';
export type { RandomKey, RandomStream } from './random/random.js';
export { defineTask, type Dataset, type Experiment, type Targets, type Task, type TaskContext } from './tasks/task.js';
export { trainingShape, withDefaults, type TrainingParameters } from './tasks/parameters.js';
/** Trained weights of a sweep: `<database>.models/<sweep>/<trial>.safetensors`. */
export { readModelFile, type ModelFile } from './sweep/model-file.js';
/** The schema library that task parameters are declared with. */
export { z } from 'zod';
