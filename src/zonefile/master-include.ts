import { statSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import { Diagnostics, type SourceFile } from '../config/diagnostics.js';
import { displayPath, readSource } from '../config/read-source.js';

/** Characters of a file: what a string of Node.js holds is 2²⁹ − 24, and a zone of this size has some ten million records. */
const MAX_FILE_OCTETS = 2 ** 28 + 2 ** 27;

/**
 * Reads a master file, unless it is too large.
 * @returns undefined after an error in `diagnostics`
 */
export function readMasterFile(path: string, diagnostics: Diagnostics): SourceFile | undefined {
  const octets = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (octets <= MAX_FILE_OCTETS) return readSource(path, diagnostics);
  diagnostics.fileError(
    displayPath(path),
    `the file has ${octets} octets; ${MAX_FILE_OCTETS} are the most`,
    'cut it into parts and name them by $INCLUDE',
  );
  return undefined;
}

/**
 * Reads the file that an $INCLUDE names.
 * @param path as written; relative to the folder of `from`
 * @returns what is wrong with it, when it can't be read
 */
export function readMasterInclude(path: string, from: SourceFile): SourceFile | string {
  const problems = new Diagnostics();
  const file = isAbsolute(path) ? path : resolve(dirname(resolve(from.path)), path);
  return readMasterFile(file, problems) ?? problems.list[0]?.message ?? "can't be read";
}
