/**
 * A sweep file as plain data that remembers where each value stands.
 *
 * YAML 1.2 with the merge key `<<`. Keys must be plain text, so that no two of them can mean the same.
 */
import {
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  parseDocument,
  visit,
  type Document,
  type YAMLError,
} from 'yaml';
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
  /** Whether the value at a path is a number that is written with a point or an exponent: 1.0, not 1. */
  readonly isWrittenAsReal: (path: Path) => boolean;
}

export function readYaml(text: string, file: string): YamlSource {
  const broken = (problems: readonly Problem[]): YamlSource => {
    const nowhere = { offsetOf: () => null, keyOffset: () => null, isWrittenAsReal: () => false };
    return { file, text, data: undefined, problems, ...nowhere };
  };
  try {
    const document = parseDocument(text, {
      prettyErrors: false,
      merge: true,
      resolveKnownTags: false,
      logLevel: 'error',
    });
    const problems = [...syntaxProblems(document, text), ...nodeProblems(document)];
    if (problems.length > 0) return broken(problems);
    const data: unknown = document.toJS({ maxAliasCount: 1000 });
    const offsetOf = (path: Path): number | null => valueOffset(document, path);
    return {
      file,
      text,
      data,
      problems,
      offsetOf,
      keyOffset: (path) => keyOffset(document, path) ?? offsetOf(path),
      isWrittenAsReal: (path) => isReal(findNode(document, document.contents, path)),
    };
  } catch (error) {
    // Aliases that expand without end, or nesting deeper than the stack.
    const why = error instanceof Error ? error.message : String(error);
    return broken([{ message: `The YAML cannot be read: ${why.replace(/\.?$/, '.')}`, offset: 0 }]);
  }
}

/** The first fault of the syntax (what follows is mostly its echo), and every key that is given twice. */
function syntaxProblems(document: Document.Parsed, text: string): readonly Problem[] {
  const found = [...document.errors, ...document.warnings];
  const first = found.find(({ code }) => code !== 'DUPLICATE_KEY');
  return found
    .filter((error) => error === first || error.code === 'DUPLICATE_KEY')
    .map((error) => ({ ...explain(error, text), offset: Math.min(error.pos[0], text.length) }));
}

function explain(
  { code, message, pos }: YAMLError,
  text: string,
): { readonly message: string; readonly hint?: string } {
  if (message.startsWith('Maximum call stack')) return { message: 'The YAML is nested too deeply.' };
  const sentence = message.replace(/\.?$/, '.');
  if (code === 'DUPLICATE_KEY') {
    const [key] = /^[^\s:]*/.exec(text.slice(pos[0])) ?? [''];
    return { message: `The key "${key}" is given twice.`, hint: 'Keep one of the two.' };
  }
  if (code === 'TAB_AS_INDENT') return { message: 'A tab cannot indent in YAML.', hint: 'Indent with spaces.' };
  if (code === 'TAG_RESOLVE_FAILED') {
    return { message: 'A tag (!…) has no meaning in a sweep file.', hint: 'Write the value without it.' };
  }
  if (code === 'MULTIPLE_DOCS') {
    const hint = 'Remove this `---`, or put the rest into a file of its own.';
    return { message: 'A second YAML document begins here, but a sweep file is one.', hint };
  }
  return code === 'MISSING_CHAR' || code === 'BAD_INDENT'
    ? { message: sentence, hint: 'Is a bracket or a quote left open, or a line indented too little?' }
    : { message: sentence };
}

/** What YAML allows and plain data does not: keys that are no text, aliases of nothing. */
function nodeProblems(document: Document.Parsed): readonly Problem[] {
  const problems: Problem[] = [];
  const anchors = new Set<string>();
  visit(document, {
    Pair: (_, { key }) => {
      const name: unknown = isScalar(key) ? key.value : undefined;
      // The merge key is a symbol of the parser's; `__proto__` would not be an ordinary key of an object.
      if ((typeof name === 'string' && name !== '__proto__') || typeof name === 'symbol') return;
      const shown = isScalar(key) ? `, not ${String(name)}` : '';
      const offset = isNode(key) ? (key.range?.[0] ?? null) : null;
      problems.push({ message: `A key must be a name${shown}.`, offset });
    },
    Node: (_, node) => {
      if ((isScalar(node) || isCollection(node)) && node.anchor !== undefined) anchors.add(node.anchor);
      if (!isAlias(node) || anchors.has(node.source)) return;
      const hint = `Write \`&${node.source}\` before the value that is to be repeated.`;
      problems.push({ message: `There is no anchor "${node.source}" above.`, offset: node.range?.[0] ?? null, hint });
    },
  });
  return problems;
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

function isReal(node: unknown): boolean {
  return isScalar(node) && typeof node.value === 'number' && /[.eE]/.test(node.source ?? '');
}

/** The node at a path, through aliases and merge keys. */
function findNode(document: Document.Parsed, from: unknown, path: Path): unknown {
  const node: unknown = isAlias(from) ? from.resolve(document) : from;
  if (path.length === 0) return node;
  const [name, ...rest] = path;
  if (isSeq(node)) return findNode(document, node.items[Number(name)], rest);
  if (!isMap(node)) return undefined;
  const isKey = ({ key }: { readonly key: unknown }) => isScalar(key) && String(key.value) === String(name);
  const pair = node.items.find(isKey);
  if (pair !== undefined) return findNode(document, pair.value, rest);
  for (const { key, value } of node.items) {
    if (!isScalar(key) || (key.value !== '<<' && typeof key.value !== 'symbol')) continue;
    const merged: unknown = isAlias(value) ? value.resolve(document) : value;
    for (const source of isSeq(merged) ? merged.items : [merged]) {
      const found = findNode(document, source, path);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}
