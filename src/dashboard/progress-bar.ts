/** A bar of one line, told apart by its strokes as well as by its colours. */
import { span, type Line, type Tone } from './styled-line.js';

/** @param fraction in [0, 1]; the bar is full only at 1 @param width columns, at least 1 */
export function progressBar(fraction: number, width: number, tone: Tone): Line {
  const halves = Math.floor(2 * width * Math.min(1, Math.max(0, fraction)));
  const done = '━'.repeat(halves >> 1) + (halves % 2 === 1 ? '╸' : '');
  return [span(done, tone), span('─'.repeat(width - done.length), 'faint')];
}
