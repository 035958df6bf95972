import type { z } from 'zod';
import type { Diagnostics } from './diagnostics.js';
import { isSecretPath } from './hide-secrets.js';
import { didYouMean, nearest } from './suggest.js';
import type { YamlDocument } from './yaml-source.js';

/**
 * Checks a document by a schema made of fields.ts. Everything that is wrong becomes an error in `diagnostics`.
 * @returns the checked value, or undefined after an error
 */
export function checkYaml<Schema extends z.ZodType>(
  document: YamlDocument,
  schema: Schema,
  diagnostics: Diagnostics,
): z.output<Schema> | undefined {
  const result = schema.safeParse(document.value, {
    reportInput: true,
    // For schemas without a message of their own.
    error: (issue) => (issue.code === 'invalid_type' ? PLAIN_TYPES[issue.expected] : undefined),
  });
  if (result.success) return result.data;
  for (const issue of result.error.issues) report(issue, [], document, diagnostics);
  return undefined;
}

/** A value as a message shows it. */
export function showValue(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return Object.keys(value).length === 0 ? 'an empty map' : 'a map';
  if (typeof value === 'number' && !Number.isFinite(value)) return yamlNumber(value);
  if (typeof value !== 'string') return String(value);
  return JSON.stringify(value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}…` : value);
}

/** YAML's spelling, not JavaScript's. */
function yamlNumber(value: number): string {
  return Number.isNaN(value) ? '.nan' : value < 0 ? '-.inf' : '.inf';
}

const MAX_SHOWN = 60;

const PLAIN_TYPES: Readonly<Record<string, string>> = {
  object: 'a map',
  record: 'a map',
  array: 'a list',
  tuple: 'a list',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

function report(issue: Issue, above: Path, document: YamlDocument, diagnostics: Diagnostics): void {
  const path = [...above, ...issue.path];
  if (issue.code === 'invalid_union') {
    const meant = branchMeant(issue.errors);
    if (meant !== undefined) {
      for (const inner of meant) report(inner, path, document, diagnostics);
      return;
    }
  }
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys)
      reportUnknownKey(key, issue.message.split(' '), path, document, diagnostics);
    return;
  }
  const { source } = document;
  const value = valueAt(document.value, path);
  if (value === undefined && issue.code !== 'invalid_key') {
    const [what] = issue.message.split('\n');
    const [start, end] = document.locate(path, 'key');
    diagnostics.error(source, start, end, `${label(path)} is missing: it must be ${what}`);
    return;
  }
  const wrongKey = issue.code === 'invalid_key';
  const message = wrongKey ? (issue.issues[0]?.message ?? 'text') : issue.message;
  const [what = '', hint] = message.split('\n');
  const [start, end] = document.locate(path, wrongKey ? 'key' : 'value');
  const subject = wrongKey ? 'a key' : label(path);
  if (isSecretPath(path)) {
    // Messages go to logs, which more people read than the file.
    const unquoted = typeof value === 'number' ? 'YAML reads it as a number: put it in quotes' : undefined;
    diagnostics.secretError(source, start, end, `${subject} must be ${what}`, hint ?? unquoted);
    return;
  }
  const shown = showValue(wrongKey ? path.at(-1) : value);
  diagnostics.error(
    source,
    start,
    end,
    `${subject} must be ${what} but is ${shown}`,
    hint ?? hintFor(issue, value),
  );
}

/** The alternative that the user had in mind: the only one of the right kind, whatever else is wrong in it. */
function branchMeant(branches: readonly Issue[][]): Issue[] | undefined {
  const right = branches.filter((issues) => !issues.some(isOfOtherKind));
  return right.length === 1 ? right[0] : undefined;
}

function isOfOtherKind(issue: Issue): boolean {
  if (issue.path.length > 0) return false;
  if (issue.code === 'invalid_union') return issue.errors.every((issues) => issues.some(isOfOtherKind));
  return issue.code === 'invalid_type' || issue.code === 'invalid_value';
}

function reportUnknownKey(
  key: string,
  known: readonly string[],
  path: Path,
  document: YamlDocument,
  diagnostics: Diagnostics,
): void {
  const found = nearest(key, known);
  const hint =
    found === undefined ? `known keys: ${known.join(', ')}` : `did you mean ${JSON.stringify(found)}?`;
  const [start, end] = document.locate([...path, key], 'key');
  const where = path.length === 0 ? '' : ` in ${label(path)}`;
  diagnostics.error(document.source, start, end, `unknown key ${JSON.stringify(key)}${where}`, hint);
}

function hintFor(issue: Issue, value: unknown): string | undefined {
  if (issue.code === 'invalid_value' && typeof value === 'string') {
    return didYouMean(value, issue.values.map(String));
  }
  const wantsText = issue.code === 'invalid_type' && issue.expected === 'string';
  if (wantsText && (typeof value === 'number' || typeof value === 'boolean')) {
    return `YAML reads ${String(value)} as a ${typeof value}: put it in quotes`;
  }
  return undefined;
}

/** The key that a path ends in; list items go by the list's. */
function label(path: Path): string {
  const key = path.findLast((step) => typeof step === 'string');
  return key ?? (path.length === 0 ? 'the file' : 'an entry');
}

function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[step];
  }
  return value;
}
