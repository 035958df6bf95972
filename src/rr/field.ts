import type { RdataReader } from './rdata-reader.js';
import type { RdataWriter } from './rdata-writer.js';
import type { TextReader } from './text-reader.js';

/** A YAML value whose plain scalars are the text as written: `010` stays `010`. null is an empty value, `~` or `null`. */
export type YamlTree = string | null | readonly YamlTree[] | ReadonlyMap<string, YamlTree>;

/** Reads a name of a zone file into wire form. @throws RdataError, NameError */
export type ReadName = (text: string) => Uint8Array;

/** What a field of RDATA is: its forms on the wire, in presentation format and in octoDNS YAML. All read with RdataError. */
export interface FieldKind {
  /** @param readName reads names relative to the origin */
  fromText(text: TextReader, out: RdataWriter, readName: ReadName): void;
  toText(wire: RdataReader): string;
  fromYaml(value: YamlTree, out: RdataWriter, readName: ReadName): void;
  /** Without it YAML has the text. @throws RdataError for what YAML can't say */
  toYaml?(wire: RdataReader): YamlTree;
  /** Keys that a field takes from the value's own map, and required ones first; without it the field has one key. */
  readonly spread?: readonly string[];
}

export interface RrField {
  /** octoDNS's key; where a type has one field its value is written without it. */
  readonly key: string;
  readonly kind: FieldKind;
  /** Other keys that octoDNS reads. */
  readonly aliases?: readonly string[];
  /** Read when the key is missing. */
  readonly default?: YamlTree;
}

/** One row of the table of RR types. */
export interface RrType {
  readonly name: string;
  /** undefined for those that are never on the wire: ALIAS, URLFWD. */
  readonly number?: number;
  readonly fields: readonly RrField[];
  /** RFCs that say what its RDATA is. */
  readonly reference: string;
  /** True when a name has at most one RR of it, so that octoDNS writes `value`. */
  readonly single?: boolean;
  /** False for a type that octoDNS does not have: its values in YAML are RDATA as text. */
  readonly inOctodns?: false;
  /** octoDNS's former keys, read when one of `when` is there. */
  readonly legacyKeys?: { readonly when: readonly string[]; readonly keys: Readonly<Record<string, string>> };
  /** What is wrong with RDATA whose fields are right each, said after the type's name. */
  readonly check?: (rdata: Uint8Array) => string | undefined;
  /** What is doubtful about it. */
  readonly lint?: (rdata: Uint8Array) => string | undefined;
}
