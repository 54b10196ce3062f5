/** Every engine there is, the default first. */
export const engineNames = ['kernels', 'tensorflow', 'webgpu', 'reference'] as const;

export type EngineName = (typeof engineNames)[number];
