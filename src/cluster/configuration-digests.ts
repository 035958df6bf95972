import { createHash } from 'node:crypto';

/** Of texts in whatever order, 64 bits. */
export function digestOf(texts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const text of [...new Set(texts)].sort()) hash.update(`${text}\n`);
  return hash.digest('hex').slice(0, 16);
}

/** Names of the parts that are not the same. */
export function differences(
  mine: Readonly<Record<string, string>>,
  theirs: Readonly<Record<string, string>>,
): string[] {
  return [...new Set([...Object.keys(mine), ...Object.keys(theirs)])]
    .filter((part) => mine[part] !== theirs[part])
    .sort();
}
