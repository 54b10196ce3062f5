/**
 * How many terminal columns a text takes, and cutting or padding it to a number of them.
 *
 * Source: Unicode Standard Annex 11 (East Asian wide and fullwidth take two columns), graphemes by
 * `Intl.Segmenter`. Limit: characters of ambiguous width count as one column, as most terminals draw them.
 */
import { stripVTControlCharacters } from 'node:util';

const plainAscii = /^[\x20-\x7e]*$/;
/** What dashboards and tables draw with; all of it takes one column. */
const narrow =
  /^[\x20-\x7e\xa1-\xac\xae-\u02ff\u2026\u203a\u2190-\u2193\u2500-\u257f\u25c6\u25cb\u25cf\u2800-\u28ff]*$/;
const invisible = /^[\p{Mark}\p{Default_Ignorable_Code_Point}]*$/u;
const wide =
  /^(?:\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{20000}-\u{3fffd}])|\ufe0f/u;

/** Columns of one line of text without control characters (see `singleLine`). */
export function displayWidth(text: string): number {
  if (narrow.test(text)) return text.length;
  let width = 0;
  for (const grapheme of graphemes(text)) width += graphemeWidth(grapheme);
  return width;
}

/** The text if it fits into `width` columns, else its beginning and `…`. */
export function truncateToWidth(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  if (width <= 0) return '';
  let kept = '';
  let used = 0;
  for (const grapheme of graphemes(text)) {
    used += graphemeWidth(grapheme);
    if (used > width - 1) break;
    kept += grapheme;
  }
  return `${kept}…`;
}

/** Exactly `width` columns: cut or padded with spaces. */
export function fitToWidth(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const cut = truncateToWidth(text, width);
  const padding = ' '.repeat(Math.max(0, width - displayWidth(cut)));
  return align === 'left' ? cut + padding : padding + cut;
}

/** Text that other people wrote (messages, names) as one harmless line: no escape sequences, no line breaks. */
export function singleLine(text: string): string {
  return plainAscii.test(text)
    ? text
    : stripVTControlCharacters(text)
        .replace(/[\p{Control}\u2028\u2029]+/gu, ' ')
        .trim();
}

function* graphemes(text: string): Generator<string> {
  for (const { segment } of new Intl.Segmenter().segment(text)) yield segment;
}

function graphemeWidth(grapheme: string): number {
  if (invisible.test(grapheme)) return 0;
  return wide.test(grapheme) ? 2 : 1;
}
