import type { NetworkSpec } from '../geo/network-spec.js';
import { formatPrefix, parsePrefix } from './address.js';
import { checkYaml, showValue } from './check-yaml.js';
import { Diagnostics, type SourceFile } from './diagnostics.js';
import { type NetworkInput, networkSchema, networksSchema } from './networks-schema.js';
import { readSource } from './read-source.js';
import { parseYaml, type YamlDocument } from './yaml-source.js';

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
  const own = new Diagnostics();
  const document = parseYaml(source, own);
  if (document !== undefined) {
    const input = checkYaml(document, networksSchema, own);
    for (const [key, value] of Object.entries(input ?? asMap(document.value))) {
      addNetwork(key, input?.[key] ?? salvage(value), document, own, networks);
    }
  }
  diagnostics.list.push(...own.list);
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

function addNetwork(
  key: string,
  input: NetworkInput,
  document: YamlDocument,
  diagnostics: Diagnostics,
  networks: Map<string, NetworkSpec>,
): void {
  const { source } = document;
  const [start, end] = document.locate([key], 'key');
  const reading = parsePrefix(key);
  if (!reading.ok) {
    const hint = reading.meant === undefined ? undefined : `did you mean ${reading.meant}?`;
    diagnostics.error(source, start, end, `a key must be ${reading.problem} but is ${showValue(key)}`, hint);
    return;
  }
  const name = formatPrefix(reading.prefix);
  const first = networks.get(name)?.where;
  if (first !== undefined) {
    const place = `${first.file}:${first.line}`;
    diagnostics.error(source, start, end, `${name} is given twice`, `the first is at ${place}`);
    return;
  }
  if (Object.keys(input).length === 0) {
    diagnostics.warning(source, start, end, `nothing is said of ${name}`);
  }
  networks.set(name, {
    prefix: reading.prefix,
    ...(input.place === undefined ? {} : { place: input.place }),
    lines: [...new Set(input.lines ?? [])],
    ...(input.asn === undefined ? {} : { asn: input.asn }),
    ...(input.coordinates === undefined ? {} : { coordinates: input.coordinates }),
    where: { file: source.path, ...source.position(start) },
  });
}
