import { isMap, isScalar, isSeq, type Node, type Scalar } from 'yaml';
import { yamlText } from '../zonefile/yaml-scalar.js';

/** JSON as a record of a zone has it. */
export type Json = string | number | boolean | null | readonly Json[] | JsonMap;
export interface JsonMap {
  readonly [key: string]: Json;
}

/** Zones nest no deeper than `dynamic: pools: NAME: values: - value`. */
const MAX_DEPTH = 16;

/** True for JSON that is nested no deeper than anything in a zone. */
export function isShallow(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth < MAX_DEPTH && Object.values(value).every((part) => isShallow(part, depth + 1));
}

export function isJsonMap(value: Json | undefined): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * What a YAML node says, as JSON. Plain numbers and truth values become those of JSON where they can be written back as they
 * are: `010` and `1.10` stay texts.
 */
export function jsonOf(node: unknown): Json {
  if (isMap(node)) {
    return Object.fromEntries(node.items.map(({ key, value }) => [textOf(key), jsonOf(value)]));
  }
  if (isSeq(node)) return node.items.map(jsonOf);
  if (!isScalar(node)) return null;
  const text = textOf(node);
  if (node.type !== 'PLAIN') return text;
  if (/^(~|null|Null|NULL|)$/.test(text)) return null;
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?\d{1,15}$/.test(text) && String(Number(text)) === text ? Number(text) : text;
}

/** A scalar's text as written, without quotes. The documents are read with YAML's failsafe schema. */
export function textOf(node: unknown): string {
  return isScalar(node) ? String((node as Scalar).value ?? '') : '';
}

/** True when the node says just this. Zones take a number, and the text of it, for the same. */
export function says(node: Node | null | undefined, json: Json): boolean {
  return sameJson(jsonOf(node), json);
}

export function sameJson(a: Json, b: Json): boolean {
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((item, i) => sameJson(item as Json, b[i] as Json))
    );
  }
  if (isJsonMap(a) || isJsonMap(b)) {
    if (!isJsonMap(a) || !isJsonMap(b)) return false;
    const keys = Object.keys(a);
    return (
      keys.length === Object.keys(b).length &&
      keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key] as Json, b[key] as Json))
    );
  }
  if (a === null || b === null) return a === b;
  return String(a) === String(b);
}

/** JSON as YAML in one line, which YAML 1.1 and 1.2 read as the same. */
export function flowYaml(json: Json): string {
  if (Array.isArray(json)) return `[${json.map(flowYaml).join(', ')}]`;
  if (isJsonMap(json)) {
    return `{${Object.entries(json)
      .map(([key, value]) => `${scalarYaml(key)}: ${flowYaml(value)}`)
      .join(', ')}}`;
  }
  return typeof json === 'string' ? scalarYaml(json) : String(json);
}

/**
 * A text as a YAML scalar.
 * @param quote as it was quoted before
 */
export function scalarYaml(text: string, quote: "'" | '"' | '' = ''): string {
  if (quote === '"' || !/^[\x20-\x7e]*$/.test(text)) return doubleQuoted(text);
  return quote === "'" ? `'${text.replaceAll("'", "''")}'` : yamlText(text);
}

/** Letters beside ASCII stay as they are; what YAML does not print is escaped. */
function doubleQuoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\x7f-\xa0\u2028\u2029\ufeff\ud800-\udfff\p{Cn}\p{Co}]/gu,
    (character) => {
      const code = character.codePointAt(0) ?? 0;
      return code > 0xffff
        ? `\\U${code.toString(16).padStart(8, '0')}`
        : `\\u${code.toString(16).padStart(4, '0')}`;
    },
  );
}
