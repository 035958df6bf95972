import type { NetworkSpec } from '../geo/network-spec.js';
import { formatPrefix, type PrefixReading, parsePrefix } from './address.js';
import { checkYaml, showValue } from './check-yaml.js';
import { Diagnostics, type SourceFile } from './diagnostics.js';
import { type NetworkInput, networkSchema, networksSchema } from './networks-schema.js';
import { readSource } from './read-source.js';
import { parseYaml, parseYamlEntries, type YamlDocument } from './yaml-source.js';

/**
 * Reads networks files, in turn; a prefix may be given once in all of them. After errors in `diagnostics` the result is good
 * only for {@link linesOf}.
 */
export function loadNetworks(files: readonly string[], diagnostics: Diagnostics): NetworkSpec[] {
  const networks = new Map<string, NetworkSpec>();
  for (const file of files) {
    const source = readSource(file, diagnostics);
    if (source !== undefined) loadNetworksFile(source, diagnostics, networks);
  }
  return [...networks.values()];
}

/** Names of all lines that networks give: what rules of services may name. */
export function linesOf(networks: readonly NetworkSpec[]): Set<string> {
  return new Set(networks.flatMap(({ lines }) => lines));
}

/**
 * Reads one networks file.
 * @param networks by prefix, to add to
 */
export function loadNetworksFile(
  source: SourceFile,
  diagnostics: Diagnostics,
  networks: Map<string, NetworkSpec>,
): void {
  // Of its own, to tell errors of this file from those before.
  const own = loadEntries(source, networks) ?? loadWhole(source, networks);
  for (const diagnostic of own.list) diagnostics.list.push(diagnostic);
}

/**
 * Reads a file entry by entry: as one document, that of 100,000 prefixes takes seconds.
 * @returns undefined when it can't be read so, and nothing was added to `networks`
 */
function loadEntries(source: SourceFile, networks: Map<string, NetworkSpec>): Diagnostics | undefined {
  const diagnostics = new Diagnostics();
  const added = new Map<string, NetworkSpec | undefined>();
  const whole = parseYamlEntries(source, (key, document) => {
    const input = checkYaml(document, networksSchema, diagnostics)?.[key];
    const value = input ?? salvage(asMap(document.value)[key]);
    const reading = parsePrefix(key);
    const name = reading.ok ? formatPrefix(reading.prefix) : key;
    // Whether the key is written twice, or its prefix in two ways, is to be told apart.
    if (added.has(name)) return false;
    added.set(name, readNetwork(key, reading, value, document, diagnostics, networks.get(name)));
    return true;
  });
  if (!whole) return undefined;
  for (const [name, network] of added) if (network !== undefined) networks.set(name, network);
  return diagnostics;
}

function loadWhole(source: SourceFile, networks: Map<string, NetworkSpec>): Diagnostics {
  const diagnostics = new Diagnostics();
  const document = parseYaml(source, diagnostics);
  const input = document && checkYaml(document, networksSchema, diagnostics);
  for (const [key, given] of Object.entries(input ?? asMap(document?.value))) {
    const reading = parsePrefix(key);
    const name = reading.ok ? formatPrefix(reading.prefix) : key;
    const value = input?.[key] ?? salvage(given);
    const network = readNetwork(
      key,
      reading,
      value,
      document as YamlDocument,
      diagnostics,
      networks.get(name),
    );
    if (network !== undefined) networks.set(name, network);
  }
  return diagnostics;
}

/** Lines of an entry that has something wrong: rules may name them all the same. */
function salvage(value: unknown): NetworkInput {
  const { lines } = asMap(value);
  return { lines: networkSchema.shape.lines.safeParse(lines).data ?? [] };
}

function asMap(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {};
}

/**
 * @param first of the same prefix, if there is one
 * @returns undefined after errors in diagnostics
 */
function readNetwork(
  key: string,
  reading: PrefixReading,
  input: NetworkInput,
  document: YamlDocument,
  diagnostics: Diagnostics,
  first: NetworkSpec | undefined,
): NetworkSpec | undefined {
  const { source } = document;
  const [start, end] = document.locate([key], 'key');
  if (!reading.ok) {
    const hint = reading.meant === undefined ? undefined : `did you mean ${reading.meant}?`;
    diagnostics.error(source, start, end, `a key must be ${reading.problem} but is ${showValue(key)}`, hint);
    return undefined;
  }
  const name = formatPrefix(reading.prefix);
  if (first !== undefined) {
    const place = `${first.where.file}:${first.where.line}`;
    diagnostics.error(source, start, end, `${name} is given twice`, `the first is at ${place}`);
    return undefined;
  }
  if (Object.keys(input).length === 0) {
    diagnostics.warning(source, start, end, `nothing is said of ${name}`);
  }
  return {
    prefix: reading.prefix,
    ...(input.place === undefined ? {} : { place: input.place }),
    lines: [...new Set(input.lines ?? [])],
    ...(input.asn === undefined ? {} : { asn: input.asn }),
    ...(input.coordinates === undefined ? {} : { coordinates: input.coordinates }),
    where: { file: source.path, ...source.position(start) },
  };
}
