import type { SourceFile } from '../config/diagnostics.js';
import type { YamlTree } from '../rr/field.js';

/** A part of a YAML file and where it stands. Aliases, merges and `!include` are resolved: `source` is where it was written. */
export type YamlNode = YamlScalar | YamlList | YamlMap;

/** Where something stands in a file. */
export interface Placed {
  readonly source: SourceFile;
  /** Offsets into the source's text. */
  readonly start: number;
  readonly end: number;
}

export interface YamlScalar extends Placed {
  readonly kind: 'scalar';
  /** A plain scalar is as written: `010`, `yes` and `1.10` stay that. */
  readonly text: string;
  /** True when it stands without quotes. */
  readonly plain: boolean;
}

export interface YamlList extends Placed {
  readonly kind: 'list';
  readonly items: readonly YamlNode[];
}

export interface YamlMap extends Placed {
  readonly kind: 'map';
  /** Keys are unique. */
  readonly entries: readonly YamlEntry[];
}

export interface YamlEntry {
  readonly key: YamlScalar;
  readonly value: YamlNode;
}

/** The value of a key, or undefined. */
export function valueAt(map: YamlMap, key: string): YamlNode | undefined {
  for (const entry of map.entries) if (entry.key.text === key) return entry.value;
  return undefined;
}

/** True for nothing, `~` and `null`. */
export function isNull(node: YamlNode | undefined): boolean {
  if (node === undefined) return true;
  if (node.kind !== 'scalar' || !node.plain || node.text.length > 4) return false;
  return node.text === '' || /^(~|null|Null|NULL)$/.test(node.text);
}

/** @returns undefined when it is no truth value; `yes` and `on` are, for octoDNS reads YAML 1.1 */
export function booleanOf(node: YamlNode): boolean | undefined {
  if (node.kind !== 'scalar' || !node.plain) return undefined;
  if (/^(true|yes|on)$/i.test(node.text)) return true;
  return /^(false|no|off)$/i.test(node.text) ? false : undefined;
}

/** `a list`, `a map`, `"text"`: what was found, for messages. */
export function describeNode(node: YamlNode): string {
  if (node.kind !== 'scalar') return `a ${node.kind}`;
  return isNull(node)
    ? 'empty'
    : JSON.stringify(node.text.length > 60 ? `${node.text.slice(0, 60)}…` : node.text);
}

/** What fields of RDATA are read from. */
export function treeOf(node: YamlNode): YamlTree {
  if (node.kind === 'list') return node.items.map(treeOf);
  if (node.kind === 'map') return new Map(node.entries.map(({ key, value }) => [key.text, treeOf(value)]));
  return isNull(node) ? null : node.text;
}
