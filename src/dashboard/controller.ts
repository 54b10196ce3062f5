/**
 * What stands between the keyboard, the run and the screen: holds the view, composes frames when asked,
 * and passes on requests to stop or to quit. Knows no React.
 */
import { isTerminal } from '../sweep/trial-state.js';
import type { PacedStore } from './paced-store.js';
import { createComposer, type Frame, type ScreenSize } from './compose.js';
import type { EvaluatedPoint } from './evaluated-points.js';
import { commandFor, type PressedKey } from './keys.js';
import { nextStop, type StopRequest } from './stop-request.js';
import { initialView, reduceView, type ViewState } from './view-state.js';

export interface DashboardController {
  /** The frame of this moment; same identity until something that it shows changed. */
  readonly frame: () => Frame;
  readonly size: () => ScreenSize;
  readonly subscribe: (changed: () => void) => () => void;
  /** One chunk of input; pasted or fast keys come as one. */
  readonly press: (input: string, key: PressedKey) => void;
}

export interface ControllerOptions {
  readonly snapshots: Pick<PacedStore, 'get' | 'subscribe'>;
  readonly screen: {
    readonly size: () => ScreenSize;
    readonly onResize: (resized: () => void) => () => void;
    readonly repaint: () => void;
  };
  /** Null for a dashboard that only looks on: ctrl-c quits it. */
  readonly onStop: ((request: StopRequest) => void) | null;
  /** Null as `onStop`. */
  readonly control: RunControl | null;
  readonly onQuit: () => void;
  /** As in `DashboardOptions`; default: none. */
  readonly evaluated?: readonly EvaluatedPoint[];
}

/** What the dashboard may do to the run beside stopping it. */
export interface RunControl {
  readonly pause: (paused: boolean) => void;
  /** @param trial its number */
  readonly kill: (trial: number) => void;
}

export function createController({
  snapshots,
  screen,
  onStop,
  control,
  onQuit,
  evaluated = [],
}: ControllerOptions): DashboardController {
  const compose = createComposer(onStop !== null, evaluated);
  const subscribers = new Set<() => void>();
  let view: ViewState = initialView;
  let asked: StopRequest | null = null;
  let latest: { readonly of: readonly unknown[]; readonly frame: Frame } | null = null;

  function frame(): Frame {
    const of = [snapshots.get(), view, screen.size()] as const;
    if (latest === null || of.some((part, index) => part !== latest?.of[index])) {
      latest = { of, frame: compose(...of) };
    }
    return latest.frame;
  }

  function show(next: ViewState): void {
    view = next;
    for (const changed of subscribers) changed();
  }

  function stop(): void {
    if (onStop === null || snapshots.get().finished) {
      onQuit();
      return;
    }
    asked = nextStop(asked, snapshots.get().stopping);
    onStop(asked);
  }

  /** While trials run, quitting is asked for twice; the second time it means to stop. */
  function quit(): void {
    const { finished, sweep } = snapshots.get();
    if (onStop === null || finished) onQuit();
    else if (view.leaving || sweep === null) {
      show({ ...view, leaving: false });
      stop();
    } else show(reduceView(view, { kind: 'ask-to-leave' }, frame().context));
  }

  function pause(): void {
    const { finished, paused, stopping } = snapshots.get();
    if (!finished && stopping === null) control?.pause(!paused);
  }

  /** Asked for twice, for the same trial; what has ended cannot be ended. */
  function kill(): void {
    const { finished, trials } = snapshots.get();
    const { current } = frame().context;
    const trial = trials.find(({ id }) => id === current);
    if (control === null || finished || trial === undefined || isTerminal(trial.state)) return;
    if (view.killing === trial.id) {
      show({ ...view, killing: null });
      control.kill(trial.number);
    } else show(reduceView(view, { kind: 'ask-to-kill' }, frame().context));
  }

  function pressOne(input: string, key: PressedKey): void {
    const command = commandFor(input, key, view.typing);
    if (command === null) return;
    if (command.kind === 'interrupt') stop();
    else if (command.kind === 'quit') quit();
    else if (command.kind === 'pause') pause();
    else if (command.kind === 'kill') kill();
    else if (command.kind === 'redraw') screen.repaint();
    else show(reduceView(view, command, frame().context));
  }

  return {
    frame,
    size: screen.size,
    subscribe: (changed) => {
      const ends = [snapshots.subscribe(changed), screen.onResize(changed)];
      subscribers.add(changed);
      return () => {
        subscribers.delete(changed);
        for (const end of ends) end();
      };
    },
    press: (input, key) => {
      for (const character of input === '' ? [''] : input) pressOne(character, key);
    },
  };
}
