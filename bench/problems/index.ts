/** The benchmark problems by name. */
import { latentOde, mnistNode, spiralNode } from './ode-problems.js';
import type { Problem } from './problem.js';
import { mnistNsde, spiralSde } from './sde-problems.js';

const adaptive = { kind: 'adaptive', tolerance: 0.1, firstStep: 1 / 128 } as const;

/** Problems are made when asked for: drawing half a million pixels is not free. */
const problems = {
  'spiral-node': (name: string) => spiralNode(name, 1),
  'spiral-node-b64': (name: string) => spiralNode(name, 64),
  'mnist-node-1e-3': (name: string) => mnistNode(name, 1e-3),
  'mnist-node-1e-5': (name: string) => mnistNode(name, 1e-5),
  'latent-ode': latentOde,
  'spiral-sde-adaptive': (name: string) => spiralSde(name, adaptive, 10),
  'spiral-sde-fixed': (name: string) => spiralSde(name, { kind: 'fixed', dt: 1 / 128 }, 3),
  'mnist-nsde-adaptive': (name: string) => mnistNsde(name, adaptive),
  'mnist-nsde-fixed': (name: string) => mnistNsde(name, { kind: 'fixed', dt: 1 / 32 }),
} satisfies Record<string, (name: string) => Problem | Promise<Problem>>;

export type ProblemName = keyof typeof problems;

export const problemNames = Object.keys(problems) as readonly ProblemName[];

/** @throws Error that lists the names there are */
export async function createProblem(name: string): Promise<Problem> {
  const create = (problems as Readonly<Record<string, (name: string) => Problem | Promise<Problem>>>)[name];
  if (!problemNames.includes(name as ProblemName)) {
    throw new Error(`There is no problem "${name}"; there are: ${problemNames.join(', ')}.`);
  }
  return create(name);
}
