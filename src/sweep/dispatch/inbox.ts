/** Hands what one trial tells on, one message after the other. */
import type { TrialMessage } from '../../training/trial.js';
import type { DispatchHooks } from './dispatcher.js';

export interface Inbox {
  accept(message: TrialMessage): void;
  /** Resolves when every message that was accepted has been handled; rejects if one could not be. */
  handled(): Promise<void>;
}

export interface Sender {
  /** Tells the trial that one more of its messages needs no further attention. */
  acknowledge(): void;
  /** Asks the trial to end. */
  stop(): void;
}

export function createInbox(onMessage: DispatchHooks['onMessage'], sender: Sender): Inbox {
  let tail = Promise.resolve();
  return {
    accept: (message) => {
      tail = tail.then(() => onMessage(message)).then(() => sender.acknowledge());
      // Once one message has failed none after it is handled or acknowledged; the stop keeps the trial
      // from waiting for that. `handled` is where the error comes out.
      tail.catch(() => sender.stop());
    },
    handled: () => tail,
  };
}
