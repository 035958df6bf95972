import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { type Diagnostics, SourceFile } from './diagnostics.js';

/**
 * Reads a text file that the user wrote: UTF-8, with or without a byte order mark.
 * @returns undefined after an error in `diagnostics`
 */
export function readSource(path: string, diagnostics: Diagnostics): SourceFile | undefined {
  const octets = readOctets(path, diagnostics);
  return octets && decodeSource(path, octets, diagnostics);
}

/** Reads a file as it is. @returns undefined after an error in `diagnostics` */
export function readOctets(path: string, diagnostics: Diagnostics): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    diagnostics.fileError(displayPath(path), `the file ${describeFileError(error)}`);
    return undefined;
  }
}

/** As {@link readSource}, of a file that is read. */
export function decodeSource(
  path: string,
  octets: Uint8Array,
  diagnostics: Diagnostics,
): SourceFile | undefined {
  const shown = displayPath(path);
  const text = new TextDecoder('utf-8').decode(octets);
  if (isUtf8(octets)) return new SourceFile(shown, text);
  const utf16 = (octets[0] === 0xff && octets[1] === 0xfe) || (octets[0] === 0xfe && octets[1] === 0xff);
  if (utf16) diagnostics.fileError(shown, 'the file is UTF-16: save it as UTF-8');
  else {
    const at = text.indexOf('\ufffd');
    diagnostics.error(new SourceFile(shown, text), at, at + 1, 'not UTF-8: save the file as UTF-8');
  }
  return undefined;
}

/** A path as the user would name it: relative to where they stand when it is below, else absolute. */
export function displayPath(path: string): string {
  const fromHere = relative(process.cwd(), resolve(path));
  if (fromHere === '') return '.';
  return fromHere === '..' || fromHere.startsWith(`..${sep}`) || isAbsolute(fromHere)
    ? resolve(path)
    : fromHere;
}

/** Why a file or folder can't be read, in plain words. */
export function describeFileError(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return REASONS[code] ?? `can't be read: ${error instanceof Error ? error.message : String(error)}`;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'a part of its path is a file, not a folder',
  EISDIR: 'is a folder where a file was expected',
  EACCES: "can't be read: permission denied",
  EPERM: "can't be read: permission denied",
  ELOOP: "can't be read: its symbolic links go in a circle",
};
