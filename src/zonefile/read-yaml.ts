import { Diagnostics, type SourceFile } from '../config/diagnostics.js';
import { readEntries } from '../yaml/read-entries.js';
import type { YamlEntry, YamlNode } from '../yaml/yaml-node.js';
import { readFullYaml } from './full-yaml.js';

/** What reading a file needs beside it. */
export interface YamlContext {
  readonly diagnostics: Diagnostics;
  /**
   * Reads the file that an `!include` names.
   * @param path as written; relative to the folder of `from`
   * @returns what is wrong with it, when it can't be read
   */
  readonly include: (path: string, from: SourceFile) => SourceFile | string;
}

/**
 * Reads a YAML document: octoDNS's, with `<<` in the order of writing and `!include`.
 * @returns undefined after errors in `context.diagnostics`
 */
export function readYaml(source: SourceFile, context: YamlContext): YamlNode | undefined {
  return readFile(source, context, []);
}

/**
 * Reads the entries of a document's top-level map, one at a time, so that none needs to be kept.
 * @param visit given each entry; false ends the reading
 * @returns false when it was ended, or when the entries can't be read each for itself: {@link readYaml} is to read the document.
 *   Nothing is said of errors, and of keys that are written twice
 */
export function readZoneEntries(source: SourceFile, visit: (entry: YamlEntry) => boolean): boolean {
  const odd = (start: number, end: number): boolean => {
    const node = readFullYaml(source, start, end, new Diagnostics(), () => undefined);
    const entry = node?.kind === 'map' && node.entries.length === 1 ? node.entries[0] : undefined;
    // What is wrong the library says of the whole file.
    return entry !== undefined && visit(entry);
  };
  return readEntries(source, { visit, odd });
}

/** A file that includes files that include files … */
const MAX_INCLUDES = 20;

/** @param including the files whose `!include` led here, outermost first */
function readFile(
  source: SourceFile,
  context: YamlContext,
  including: readonly SourceFile[],
): YamlNode | undefined {
  return readFullYaml(source, 0, source.text.length, context.diagnostics, (path) => {
    const found = context.include(path, source);
    if (typeof found === 'string') return `${JSON.stringify(path)} ${found}`;
    const stack = [...including, source];
    if (!stack.some((file) => file.path === found.path) && stack.length <= MAX_INCLUDES) {
      return readFile(found, context, stack);
    }
    return `includes itself: ${[...stack, found].map((file) => file.path).join(' → ')}`;
  });
}
