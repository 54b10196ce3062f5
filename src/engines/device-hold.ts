/**
 * What an engine on a device tells, and asks of, whoever may terminate its thread.
 *
 * Dawn's bindings end the whole process if a thread is terminated while it is in one of their functions or one of their
 * promises is open. So an engine tells from when to when it holds a device, and refuses to wait for it once it should
 * stop: then it is let go of soon, and the thread may be terminated.
 */

export interface DeviceHold {
  /** Called with true before a device is opened, with false once nothing of it is left. */
  readonly tell: (held: boolean) => void;
  /** True from when the engine should wait for its device no more, but throw. */
  readonly shouldStop: () => boolean;
}

/** For threads that nobody terminates. */
export const undisturbed: DeviceHold = { tell: () => undefined, shouldStop: () => false };
