/** A page of which one part is generated: what stands between its marks is replaced, the rest is by hand. */

/** @throws Error if the page has no such part */
export function withPart(page: string, name: string, content: string): string {
  const start = `<!-- generated: ${name} -->\n`;
  const end = '<!-- end -->';
  const from = page.indexOf(start);
  const to = page.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`The page has no part "${name}".`);
  return `${page.slice(0, from)}${start}\n${content}\n${page.slice(to)}`;
}
