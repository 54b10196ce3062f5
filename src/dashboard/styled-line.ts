/** A line of text in styles: what the panes produce and the one component `Lines` draws. */
import { displayWidth, truncateToWidth } from '../report/display-width.js';

/** What a piece of text means; `theme.ts` says how that looks. */
export type Tone = 'plain' | 'faint' | 'strong' | 'accent' | 'good' | 'bad' | 'warning' | 'odd' | 'chosen';

export interface Span {
  readonly text: string;
  readonly tone: Tone;
}

export type Line = readonly Span[];

export function span(text: string, tone: Tone = 'plain'): Span {
  return { text, tone };
}

export function lineWidth(line: Line): number {
  return line.reduce((width, { text }) => width + displayWidth(text), 0);
}

/** The line in exactly `width` columns: padded with spaces or cut; a text cut in two ends in `…`. */
export function fitLine(line: Line, width: number): Line {
  const fitted: Span[] = [];
  let free = width;
  for (const { text, tone } of line) {
    const taken = displayWidth(text);
    if (taken > free) {
      fitted.push(span(truncateToWidth(text, free), tone));
      free -= lineWidth(fitted.slice(-1));
      break;
    }
    fitted.push(span(text, tone));
    free -= taken;
  }
  return free > 0 ? [...fitted, span(' '.repeat(free))] : fitted;
}

/** `left` at the left edge and `right` at the right one; where both do not fit, `left` is cut. */
export function spread(left: Line, right: Line, width: number): Line {
  const free = width - lineWidth(right);
  return free < 4 ? fitLine(left, width) : [...fitLine(left, free - 1), span(' '), ...right];
}

/** Exactly `height` lines of exactly `width` columns. */
export function fitBlock(lines: readonly Line[], width: number, height: number): readonly Line[] {
  return Array.from({ length: Math.max(0, height) }, (_, row) => fitLine(lines[row] ?? [], width));
}

/** Words broken into lines of at most `width` columns; longer words are cut. */
export function wrapText(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && displayWidth(last) + 1 + displayWidth(word) <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(truncateToWidth(word, width));
    }
  }
  return lines;
}
