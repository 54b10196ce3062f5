/** Every engine there is, the default first. */
export const engineNames = ['kernels', 'tensorflow', 'webgpu', 'reference'] as const;

/** Those with a tfjs backend on their device: fields that are tfjs functions run on them; the first is tried first. */
export const tfjsEngineNames: readonly EngineName[] = ['tensorflow', 'webgpu'];

/** What a trial may ask for: an engine, or the one that is predicted to be the fastest for its work. */
export const engineChoices = [...engineNames, 'auto'] as const;

export type EngineName = (typeof engineNames)[number];
