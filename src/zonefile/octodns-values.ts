import type { ReadName, RrField, RrType } from '../rr/field.js';
import { readRdataText } from '../rr/rdata.js';
import { RdataError } from '../rr/rdata-error.js';
import type { RdataWriter } from '../rr/rdata-writer.js';
import { textStrings } from '../rr/string-fields.js';
import {
  describeNode,
  isNull,
  treeOf,
  valueAt,
  type YamlMap,
  type YamlNode,
  type YamlScalar,
} from '../yaml/yaml-node.js';
import {
  type RecordContext,
  refuse,
  reportError,
  reportThrown,
  reportUnknownKeys,
  reportWarning,
} from './zone-load.js';
import { readTargetName, Undotted, UndottedError } from './zone-names.js';

/** The values of a record: of `values` or `value`, one or a list; only of `value` for a type that has a single one. */
export function valueNodes(
  context: RecordContext,
  record: YamlMap,
  type: string,
  single: boolean,
): readonly YamlNode[] {
  const values = valueAt(record, 'values');
  const value = valueAt(record, 'value');
  if (single && value === undefined && values !== undefined) {
    reportError(context.load, values, `${type} has one value`, 'write "value: …" with that one');
    return [];
  }
  if (values !== undefined && value !== undefined) {
    const [unused, key] = single ? [values, 'values'] : [value, 'value'];
    reportWarning(context.load, unused, `"${key}" is not used: there are both "value" and "values"`);
  }
  const node = (single ? undefined : values) ?? value;
  if (node === undefined) {
    const hint = single ? 'write "value: …"' : 'write "value: …" or "values: […]"';
    reportError(context.load, record, `${type} record has no value`, hint);
    return [];
  }
  if (node.kind !== 'list' || single) return [node];
  if (node.items.length === 0) reportError(context.load, node, `${type} record has no value`);
  return node.items;
}

/** What a value is read as. */
export interface ValueType {
  /** `MX`, `TYPE65280`: as written. */
  readonly name: string;
  /** On the wire; undefined for ALIAS and URLFWD. */
  readonly number: number | undefined;
  /** undefined for a type that is not known, and for one that is written as `TYPE15`. */
  readonly row: RrType | undefined;
}

/**
 * Reads one value of a record: octoDNS's map or scalar; or, where octoDNS has a map and for types that it does not
 * know, RDATA in presentation format.
 * @returns RDATA, or undefined after an error in diagnostics
 */
export function readValue(context: RecordContext, node: YamlNode, type: ValueType): Uint8Array | undefined {
  if (isNull(node)) {
    reportError(context.load, node, `${type.name} record has an empty value`);
    return undefined;
  }
  try {
    const readName: ReadName = (text) => readRdataName(context, node, type.name, text);
    const rdata =
      type.row === undefined || isRdataText(node, type.row)
        ? readText(context, node, type, readName)
        : readFields(context, node, type.row, readName);
    if (rdata !== undefined) lintValue(context, node, type, rdata);
    return rdata;
  } catch (error) {
    reportThrown(context.load, node, `${type.name} value`, error);
    return undefined;
  }
}

/** Types whose name may be the root: "no service", "no mail", "the owner name". octoDNS takes it for these. */
const ROOT_TARGETS: readonly string[] = ['HTTPS', 'MX', 'NAPTR', 'SOA', 'SRV', 'SVCB'];

function readRdataName(context: RecordContext, node: YamlNode, type: string, text: string): Uint8Array {
  const { apex } = context.load;
  if (text === '.' && !ROOT_TARGETS.includes(type)) throw new RdataError('must not be the root');
  if (type === 'SOA') return readTargetName(text, apex, Undotted.RELATIVE);
  try {
    return readTargetName(text, apex, Undotted.REFUSED);
  } catch (error) {
    if (!(error instanceof UndottedError) || !context.lenient) throw error;
    reportWarning(context.load, node, `name ${error.message}`, 'it is taken as absolute');
    return readTargetName(text, apex, Undotted.ABSOLUTE);
  }
}

/** octoDNS has no text form where a value is a map, so text there is presentation format; and `\#` is nothing else but in TXT. */
function isRdataText(node: YamlNode, row: RrType): node is YamlScalar {
  if (node.kind !== 'scalar') return false;
  if (row.fields.length > 1 || row.fields[0]?.kind.spread !== undefined) return true;
  return /^\\#\s/.test(node.text) && row.fields[0]?.kind !== textStrings;
}

function readText(
  context: RecordContext,
  node: YamlNode,
  type: ValueType,
  readName: ReadName,
): Uint8Array | undefined {
  if (node.kind === 'scalar' && type.number !== undefined)
    return readRdataText(type.number, node.text, readName);
  const keys = type.row === undefined ? undefined : `its keys are ${knownKeys(type.row).join(', ')}`;
  const expected = type.row === undefined ? 'RDATA as text (RFC 3597 §5)' : 'a map';
  reportError(
    context.load,
    node,
    `${type.name} value must be ${expected} but is ${describeNode(node)}`,
    keys,
  );
  return undefined;
}

/** @returns undefined after errors, of all fields that have one */
function readFields(
  context: RecordContext,
  node: YamlNode,
  row: RrType,
  readName: ReadName,
): Uint8Array | undefined {
  const { out } = context.load;
  out.clear();
  const only = row.fields.length === 1 ? row.fields[0] : undefined;
  if (only !== undefined && only.kind.spread === undefined) {
    if (only.kind === textStrings && node.kind === 'scalar') checkText(context, node, row.name);
    return readField(context, node, node, `${row.name} value`, only, out, readName) ? out.take() : undefined;
  }
  if (node.kind !== 'map') {
    const hint = `its keys are ${knownKeys(row).join(', ')}`;
    reportError(context.load, node, `${row.name} value must be a map but is ${describeNode(node)}`, hint);
    return undefined;
  }
  const legacy = row.legacyKeys?.when.some((key) => valueAt(node, key) !== undefined) ?? false;
  const former = legacy ? row.legacyKeys?.keys : undefined;
  reportUnknownKeys(
    context,
    node,
    former === undefined ? knownKeys(row) : Object.values(former),
    `${row.name} value`,
  );
  let whole = true;
  for (const field of row.fields) {
    const keys =
      former === undefined ? [field.key, ...(field.aliases ?? [])] : [former[field.key] ?? field.key];
    const key = keys.find((name) => valueAt(node, name) !== undefined) ?? field.key;
    const part = field.kind.spread === undefined ? valueAt(node, key) : node;
    if (part === undefined && field.default === undefined) {
      reportError(context.load, node, `${row.name} value has no ${keys[0]}`);
      whole = false;
    } else {
      const subject = field.kind.spread === undefined ? key : `${row.name} value`;
      whole = readField(context, part, node, subject, field, out, readName) && whole;
    }
  }
  return whole ? out.take() : undefined;
}

/** @returns false after an error */
function readField(
  context: RecordContext,
  node: YamlNode | undefined,
  parent: YamlNode,
  subject: string,
  field: RrField,
  out: RdataWriter,
  readName: ReadName,
): boolean {
  try {
    field.kind.fromYaml(
      (node === undefined ? undefined : treeOf(node)) ?? field.default ?? null,
      out,
      readName,
    );
    return true;
  } catch (error) {
    reportThrown(context.load, node ?? parent, subject, error);
    return false;
  }
}

/** Every key that a value of the type may have, octoDNS's present names first. */
function knownKeys(row: RrType): readonly string[] {
  const present = row.fields.flatMap((field) => field.kind.spread ?? [field.key]);
  return [...present, ...row.fields.flatMap((field) => field.aliases ?? [])];
}

/** octoDNS's checks of a TXT value. */
function checkText(context: RecordContext, node: YamlScalar, type: string): void {
  if (node.text.includes('\\\\;')) {
    refuse(context, node, `${type} value has a semicolon that is escaped twice`, 'write "\\;"');
  } else if (/\w;/.test(node.text)) {
    // octoDNS 1 refuses it unless told otherwise, octoDNS 2 takes it; it can mean one thing only.
    reportWarning(
      context.load,
      node,
      `${type} value has a semicolon that is not escaped`,
      'octoDNS wants "\\;"',
    );
  }
  if (/[^\0-\x7f]/.test(node.text)) {
    refuse(
      context,
      node,
      `${type} value has a character that is not ASCII`,
      'octodns: {lenient: true} serves it in UTF-8',
    );
  }
}

/** What is wrong, or doubtful, with RDATA whose fields are right each. */
function lintValue(context: RecordContext, node: YamlNode, type: ValueType, rdata: Uint8Array): void {
  const problem = type.row?.check?.(rdata);
  if (problem !== undefined) refuse(context, node, `${type.name} value ${problem}`);
  const doubt = type.row?.lint?.(rdata);
  if (doubt !== undefined) reportWarning(context.load, node, `${type.name} value ${doubt}`);
}
