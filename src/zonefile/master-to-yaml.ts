import { Diagnostics, SourceFile } from '../config/diagnostics.js';
import type { YamlTree } from '../rr/field.js';
import { rdataToText, rdataToYaml, unknownText } from '../rr/rdata.js';
import { formatRrType, rrTypeByNumber, TYPE } from '../rr/rr-types.js';
import { formatName, sameName } from '../wire/name.js';
import type { MasterRrset, MasterZone } from './master.js';
import type { MasterRecord } from './master-reader.js';
import { relativeName } from './master-write.js';
import { loadOctodnsZone } from './octodns.js';
import { yamlNumberOrText, yamlText } from './yaml-scalar.js';
import { cleanComment } from './zone-comments.js';

/**
 * Writes a zone as YAML: octoDNS's where octoDNS has the type and its form says the RDATA octet by octet, else RDATA as text.
 * A comment line goes before what it stood before, one at the end of a line to the end of the value's line.
 */
export function formatZoneYaml({ zone, rrsets, trailing }: MasterZone): string {
  const lines: string[] = [];
  for (let i = 0; i < rrsets.length; ) {
    const { owner } = rrsets[i] as MasterRrset;
    let end = i + 1;
    while (sameName(rrsets[end]?.owner ?? NO_NAME, owner)) end += 1;
    lines.push(...ownerLines(rrsets.slice(i, end), zone.apex, i === 0));
    i = end;
  }
  if (trailing.length > 0) lines.push('', ...commentLines(trailing, ''));
  return `${lines.join('\n')}\n`;
}

/** No octets: no name is equal to it. */
const NO_NAME = new Uint8Array(0);

/** octoDNS's default TTL, in seconds: not written. */
const DEFAULT_TTL = 3600;

function ownerLines(rrsets: readonly MasterRrset[], apex: Uint8Array, isFirst: boolean): string[] {
  const [first] = rrsets as readonly [MasterRrset];
  const before = first.rrs[0]?.before ?? [];
  const lines = commentLines(before, '');
  if (lines.length > 0 && !isFirst) lines.unshift('');
  const relative = relativeName(first.owner, apex);
  const key = relative === '@' ? "''" : yamlText(relative);
  if (rrsets.length === 1) return [...lines, `${key}:`, ...recordLines(first, apex, '  ')];
  lines.push(`${key}:`);
  for (const [i, rrset] of rrsets.entries()) {
    if (i > 0) lines.push(...commentLines(rrset.rrs[0]?.before ?? [], '  '));
    const [head = '', ...rest] = recordLines(rrset, apex, '    ');
    lines.push(`  - ${head.slice(4)}`, ...rest);
  }
  return lines;
}

/** The lines of a record's map; the first is its type. */
function recordLines(rrset: MasterRrset, apex: Uint8Array, indent: string): string[] {
  for (const form of FORMS) {
    const values = form.values(rrset);
    if (values === undefined) continue;
    const lines = [`type: ${form.type(rrset.type)}`];
    if (rrset.ttl !== DEFAULT_TTL) lines.push(`ttl: ${rrset.ttl}`);
    const whole = lines
      .concat(valueLines(rrset, values, indent))
      .map((line) => (line === '' ? line : indent + line));
    if (!isDoubtful(values) || saysSame(rrset, apex, whole)) return whole;
  }
  throw new RangeError(`${formatName(rrset.owner)} ${formatRrType(rrset.type)} can't be written as YAML`);
}

/** How the RDATA of an RRset can be written, the best first. The last can say everything. */
interface Form {
  type(type: number): string;
  /** @returns undefined when the form can't say it */
  values(rrset: MasterRrset): readonly YamlTree[] | undefined;
}

const FORMS: readonly Form[] = [
  {
    type: formatRrType,
    values: ({ type, rrs }) => {
      const row = rrTypeByNumber(type);
      if (row?.inOctodns === false && row.fields.length !== 1) return undefined;
      const values = rrs.map(({ rdata }) => rdataToYaml(type, rdata));
      return values.every((value) => value !== undefined) ? values : undefined;
    },
  },
  // Where a value is a map in octoDNS, text is RDATA in presentation format.
  {
    type: formatRrType,
    values: ({ type, rrs }) => {
      const row = rrTypeByNumber(type);
      const isMap = row !== undefined && (row.fields.length > 1 || row.fields[0]?.kind.spread !== undefined);
      return isMap ? rrs.map(({ rdata }) => rdataToText(type, rdata)) : undefined;
    },
  },
  // A type by its number has RDATA in presentation format in any case: strings of TXT that are not full, binary octets.
  { type: numbered, values: ({ type, rrs }) => rrs.map(({ rdata }) => rdataToText(type, rdata)) },
  {
    type: numbered,
    values: ({ rrs }) => rrs.map(({ rdata }) => unknownText(rdata)),
  },
];

function numbered(type: number): string {
  return `TYPE${type}`;
}

function valueLines(rrset: MasterRrset, values: readonly YamlTree[], indent: string): string[] {
  const [rr] = rrset.rrs;
  const [value] = values;
  if (rrset.type === TYPE.SOA && value instanceof Map && rr !== undefined) return soaLines(value, rr);
  if (rr !== undefined && value !== undefined && values.length === 1) {
    const { above, beside } = commentsOf(rr);
    return [...commentLines(above, ''), `value: ${scalarOrFlow(value)}${beside}`];
  }
  const lines = ['values:'];
  for (const [i, each] of values.entries()) {
    const record = rrset.rrs[i] as MasterRecord;
    const { above, beside } = commentsOf(record);
    if (i > 0) lines.push(...commentLines(record.before, indent === '' ? '' : '  '));
    lines.push(...commentLines(above, '  '), `  - ${scalarOrFlow(each)}${beside}`);
  }
  return lines;
}

/** A line a field, since the fields of a SOA are what master files comment on. */
function soaLines(map: ReadonlyMap<string, YamlTree>, { comments }: MasterRecord): string[] {
  const at = (field: number): string => {
    const texts = comments.filter(({ after }) => Math.max(0, after) === field).map(({ text }) => text);
    return texts.length === 0 ? '' : ` # ${cleanComment(texts.join('; '))}`;
  };
  const fields = [...map].map(
    ([key, value], i) => `  ${key}: ${yamlNumberOrText(value as string)}${at(i + 1)}`,
  );
  return [`value:${at(0)}`, ...fields];
}

/** One comment goes beside the value; several, of a record over many lines, go above it. */
function commentsOf({ comments }: MasterRecord): { above: readonly string[]; beside: string } {
  const texts = comments.map(({ text }) => text).filter((text) => text !== '');
  if (texts.length > 1) return { above: texts, beside: '' };
  return { above: [], beside: texts.length === 0 ? '' : ` # ${cleanComment(texts[0] as string)}` };
}

function commentLines(texts: readonly string[], indent: string): string[] {
  return texts.map((text) => (text === '' ? '' : `${indent}# ${cleanComment(text)}`));
}

function scalarOrFlow(tree: YamlTree): string {
  return typeof tree === 'string' ? yamlText(tree) : flow(tree);
}

function flow(tree: YamlTree, key = ''): string {
  if (tree === null) return '';
  if (typeof tree === 'string') return TEXT_KEYS.includes(key) ? yamlText(tree) : yamlNumberOrText(tree);
  if (!(tree instanceof Map))
    return `[${(tree as readonly YamlTree[]).map((item) => flow(item, 'value')).join(', ')}]`;
  const map = tree as ReadonlyMap<string, YamlTree>;
  const entries = [...map].map(([name, value]) =>
    value === null ? `${name}: ` : `${name}: ${flow(value, name)}`,
  );
  return `{${entries.map((entry) => entry.trimEnd()).join(', ')}}`;
}

/** Keys whose digits are text. */
const TEXT_KEYS: readonly string[] = [
  ...['digest', 'fingerprint', 'certificate_association_data', 'value', 'tag', 'target', 'ech'],
  ...['service', 'regexp', 'replacement', 'cpu', 'os'],
];

/** Whether the values have anything that could be read otherwise than it is meant. */
function isDoubtful(values: readonly YamlTree[]): boolean {
  return values.some((value) => typeof value !== 'string' || value === '.' || !/^[\w.:/ -]*$/.test(value));
}

/** Reads the lines and compares: what octoDNS YAML refuses, or reads as something else, is written in another form. */
function saysSame({ owner, type, rrs }: MasterRrset, apex: Uint8Array, lines: readonly string[]): boolean {
  const relative = relativeName(owner, apex);
  const text = [`${relative === '@' ? "''" : yamlText(relative)}:`, ...lines, ''].join('\n');
  const zone = loadOctodnsZone(apex, [new SourceFile('', text)], new Diagnostics(), () => 'is not read');
  const found = [...(zone?.records ?? [])].find((record) => record.kind === 'static' && record.type === type);
  if (found?.kind !== 'static' || found.rdata.length !== rrs.length) return false;
  return found.rdata.every((rdata, i) => Buffer.compare(rdata, rrs[i]?.rdata as Uint8Array) === 0);
}
