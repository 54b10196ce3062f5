/**
 * The terminal's alternate screen: entered and left by hand, painted by whole frames.
 *
 * Ink (6.8) is given a stream on which every write is one complete frame (`debug` mode), and this file
 * puts it on the screen: changed lines at absolute positions. Ink's own painter moves relative to where it
 * believes the cursor to be, which a resize or a foreign write makes wrong, and clears the scrollback of
 * terminals when a frame is too high.
 *
 * Invariants: `close` restores the terminal completely, may be called from anywhere and any number of
 * times, and runs on every way out of the process but SIGKILL. While the screen is open nothing else
 * reaches the terminal: what other code writes to stdout or stderr comes after `close`, in order.
 * Limit: libraries that write to the file descriptors from native code are not held; ctrl-l repaints.
 */
import type { ReadStream, WriteStream } from 'node:tty';
import type { ScreenSize } from './compose.js';
import { holdWrites } from './held-writes.js';

export interface Terminal {
  readonly stdin: ReadStream;
  readonly stdout: WriteStream;
  readonly stderr: WriteStream;
}

export interface TerminalScreen {
  /** For Ink: each write is one frame. */
  readonly stream: WriteStream;
  /** Same identity until the terminal changes its size. */
  readonly size: () => ScreenSize;
  readonly onResize: (resized: () => void) => () => void;
  /** Draws everything anew, over whatever has been written in between. */
  readonly repaint: () => void;
  readonly close: () => void;
}

const escape = '\u001B[';
/** Alternate screen, cursor hidden, no automatic line wrap, cleared. */
const enter = `${escape}?1049h${escape}?25l${escape}?7l${escape}2J`;
/**
 * End of a synchronized update, plain style, nothing on the screen (tmux keeps rows of it where the window has grown
 * meanwhile), wrap, cursor, normal screen.
 */
const leave = `${escape}?2026l${escape}0m${escape}2J${escape}?7h${escape}?25h${escape}?1049l`;

export function openScreen({ stdin, stdout, stderr }: Terminal): TerminalScreen {
  const resizeListeners = new Set<() => void>();
  const held = holdWrites(stdout.isTTY && stderr.isTTY ? [stdout, stderr] : [stdout]);
  let size = { columns: stdout.columns, rows: stdout.rows };
  let frame = '';
  /** The lines that are on the screen. */
  let shown: readonly string[] = [];
  let open = true;

  function paint(): void {
    const lines = frame.split('\n').slice(0, size.rows);
    const height = Math.max(lines.length, shown.length);
    let output = '';
    for (let row = 0; row < height; row++) {
      const line = lines[row] ?? '';
      if (line !== shown[row]) output += `${escape}${row + 1};1H${escape}2K${line}`;
    }
    shown = lines;
    if (output !== '') held.write(stdout, `${escape}?2026h${output}${escape}?2026l`);
  }

  function clear(): void {
    held.write(stdout, `${escape}2J`);
    shown = [];
  }

  function repaint(): void {
    if (!open) return;
    clear();
    paint();
  }

  /** The old frame does not fit any more: what listens draws a new one, before the next input or timer. */
  function resize(): void {
    size = { columns: stdout.columns, rows: stdout.rows };
    clear();
    for (const resized of resizeListeners) resized();
  }

  function close(): void {
    if (!open) return;
    open = false;
    process.off('exit', close);
    process.off('uncaughtExceptionMonitor', close);
    stdout.off('resize', resize);
    if (stdin.isRaw) stdin.setRawMode(false);
    held.write(stdout, leave);
    held.release();
  }

  function write(chunk: string, written?: () => void): boolean {
    if (written !== undefined) queueMicrotask(written);
    if (!open || chunk === '') return true;
    frame = chunk;
    paint();
    return true;
  }

  held.write(stdout, enter);
  process.on('exit', close);
  process.on('uncaughtExceptionMonitor', close);
  stdout.on('resize', resize);
  return {
    stream: frameStream(stdout, write),
    size: () => size,
    onResize: (resized) => {
      resizeListeners.add(resized);
      return () => resizeListeners.delete(resized);
    },
    repaint,
    close,
  };
}

/** The terminal's stream with another `write`, and without resize events: those are handled here. */
function frameStream(stdout: WriteStream, write: (chunk: string, written?: () => void) => boolean): WriteStream {
  const ignore = () => stream;
  const stream: WriteStream = new Proxy(stdout, {
    get(target, key) {
      if (key === 'write') return write;
      if (key === 'on' || key === 'off') return ignore;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  return stream;
}
