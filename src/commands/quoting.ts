/** Names of the user's own, as others read them. */

/** As a shell takes it for one word. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** As SQL takes it for a text. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** As SQL takes it for a column's name. */
export function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
