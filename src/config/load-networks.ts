import type { NetworkSpec } from '../geo/network-spec.js';
import { formatPrefix, type PrefixReading, parsePrefix } from './address.js';
import { checkYaml, showValue } from './check-yaml.js';
import { Diagnostics, type SourceFile } from './diagnostics.js';
import { type NetworkInput, networkSchema, networksSchema } from './networks-schema.js';
import { readSource } from './read-source.js';
import { parseYaml, parseYamlEntries, type YamlDocument, type YamlTopEntry } from './yaml-source.js';
import type { Range } from './yaml-spot.js';

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
  const inputs = new NetworkInputs(diagnostics);
  const whole = parseYamlEntries(source, (entry) => {
    const reading = parsePrefix(entry.name);
    const name = reading.ok ? formatPrefix(reading.prefix) : entry.name;
    // Whether the key is written twice, or its prefix in two ways, is to be told apart.
    if (added.has(name)) return false;
    const key = { text: entry.name, source, range: entry.key };
    added.set(name, readNetwork(key, name, reading, inputs.of(entry), diagnostics, networks.get(name)));
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
  for (const [text, given] of Object.entries(input ?? asMap(document?.value))) {
    const reading = parsePrefix(text);
    const name = reading.ok ? formatPrefix(reading.prefix) : text;
    const value = input?.[text] ?? salvage(given);
    const key = { text, source, range: (document as YamlDocument).locate([text], 'key') };
    const network = readNetwork(key, name, reading, value, diagnostics, networks.get(name));
    if (network !== undefined) networks.set(name, network);
  }
  return diagnostics;
}

/** Different values of a file that are kept: there are as many as places and ISPs, in most. */
const MAX_KNOWN = 10_000;

/** What entries say, checked once where many say the same: a check takes ten times as long as reading the entry. */
class NetworkInputs {
  readonly #diagnostics: Diagnostics;
  /** By the text of the value; without errors. */
  readonly #known = new Map<string, NetworkInput>();

  constructor(diagnostics: Diagnostics) {
    this.#diagnostics = diagnostics;
  }

  of({ text, value, document }: YamlTopEntry): NetworkInput {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const { data } = networkSchema.safeParse(value);
    if (data === undefined) {
      checkYaml(document(), networksSchema, this.#diagnostics);
      return salvage(value);
    }
    if (this.#known.size < MAX_KNOWN) this.#known.set(text, data);
    return data;
  }
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

/** A key of a networks file. */
interface NetworkKey {
  readonly text: string;
  readonly source: SourceFile;
  readonly range: Range;
}

/**
 * @param name of the prefix in its usual form
 * @param first of the same prefix, if there is one
 * @returns undefined after errors in diagnostics
 */
function readNetwork(
  { text, source, range: [start, end] }: NetworkKey,
  name: string,
  reading: PrefixReading,
  input: NetworkInput,
  diagnostics: Diagnostics,
  first: NetworkSpec | undefined,
): NetworkSpec | undefined {
  if (!reading.ok) {
    const hint = reading.meant === undefined ? undefined : `did you mean ${reading.meant}?`;
    diagnostics.error(source, start, end, `a key must be ${reading.problem} but is ${showValue(text)}`, hint);
    return undefined;
  }
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
