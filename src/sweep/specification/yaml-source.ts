/**
 * A sweep file as plain data that remembers where each value stands.
 */
import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import type { Problem, SourceText } from './problem.js';

export type Path = readonly (string | number)[];

export interface YamlSource extends SourceText {
  /** The data; undefined if the text is no YAML. */
  readonly data: unknown;
  /** Errors of the YAML itself. */
  readonly problems: readonly Problem[];
  /** Offset of the value at a path, or of the nearest enclosing one that exists. */
  readonly offsetOf: (path: Path) => number | null;
  /** Offset of the key itself. */
  readonly keyOffset: (path: Path) => number | null;
}

export function readYaml(text: string, file: string): YamlSource {
  const document = parseDocument(text, { lineCounter: new LineCounter(), prettyErrors: false, uniqueKeys: true });
  const problems: Problem[] = document.errors.map((error) => ({
    message: error.message.replace(/\.?$/, '.'),
    offset: Math.min(error.pos[0], text.length),
    ...(error.code === 'TAB_AS_INDENT' ? { hint: 'Indent with spaces.' } : {}),
  }));
  if (problems.length > 0)
    return { file, text, data: undefined, problems, offsetOf: () => null, keyOffset: () => null };
  try {
    const data: unknown = document.toJS({ maxAliasCount: 1000 });
    const offsetOf = (path: Path): number | null => valueOffset(document, path);
    return { file, text, data, problems, offsetOf, keyOffset: (path) => keyOffset(document, path) ?? offsetOf(path) };
  } catch (error) {
    const message = `The YAML cannot be resolved: ${error instanceof Error ? error.message : String(error)}.`;
    return {
      file,
      text,
      data: undefined,
      problems: [{ message, offset: 0 }],
      offsetOf: () => null,
      keyOffset: () => null,
    };
  }
}

function valueOffset(document: Document.Parsed, path: Path): number | null {
  for (let length = path.length; length >= 0; length -= 1) {
    const node: unknown = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range !== undefined && node.range !== null) return node.range[0];
  }
  return null;
}

function keyOffset(document: Document.Parsed, path: Path): number | null {
  const parent: unknown = path.length <= 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (!isMap(parent)) return null;
  const name = path.at(-1);
  const pair = parent.items.find(({ key }) => isScalar(key) && String(key.value) === String(name));
  return isNode(pair?.key) ? (pair.key.range?.[0] ?? null) : null;
}
