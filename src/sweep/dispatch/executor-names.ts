/** Where trials run: on threads of this process, or in child processes. */
export const executorNames = ['thread', 'process'] as const;

export type ExecutorName = (typeof executorNames)[number];
