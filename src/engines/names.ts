/** Every engine there is, the default first. */
export const engineNames = ['kernels', 'tensorflow', 'reference'] as const;

/** What a trial may ask for: an engine, or the one that is predicted to be the fastest for its work. */
export const engineChoices = [...engineNames, 'auto'] as const;

export type EngineName = (typeof engineNames)[number];
