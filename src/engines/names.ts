/** Every engine there is, the default first. */
export const engineNames = ['kernels', 'tensorflow', 'reference'] as const;

/** Those that compute on a tfjs backend: fields that are tfjs functions run on them. */
export const tfjsEngineNames: readonly EngineName[] = ['tensorflow'];

export type EngineName = (typeof engineNames)[number];
