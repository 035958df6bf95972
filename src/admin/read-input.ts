import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { showValue } from '../config/check-yaml.js';
import { didYouMean } from '../config/suggest.js';
import { Problem } from './problem.js';

/** The most octets of a request's body: a record set of 65,535 octets as YAML, or more overrides than anyone types. */
export const MAX_BODY_OCTETS = 256 * 1024;

/** A body is read so far, if only to be refused: who still sends when the connection closes does not see why. */
const MAX_READ_OCTETS = 16 * MAX_BODY_OCTETS;

/**
 * Reads a body that is a JSON object. No body counts as an object without keys.
 * @throws Problem
 */
export async function readJson(request: IncomingMessage): Promise<object> {
  const text = await readText(request);
  if (text.trim() === '') return {};
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Problem(400, 'bad_body', 'the body must be a JSON object');
  }
  return value;
}

/**
 * Checks a part of a request. Without a schema it must be empty.
 * @throws Problem that tells everything that is wrong
 */
export function checkInput(
  schema: z.ZodObject | undefined,
  value: object,
  part: 'path' | 'query' | 'body',
): Record<string, unknown> {
  if (schema === undefined) {
    const [extra] = Object.keys(value);
    // The router found the path's variables.
    if (part !== 'path' && extra !== undefined) throw unknownKey(part, [extra], []);
    return {};
  }
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const unknown = result.error.issues.find((issue) => issue.code === 'unrecognized_keys');
  if (unknown !== undefined && unknown.path.length === 0) {
    throw unknownKey(part, unknown.keys, Object.keys(schema.shape));
  }
  const errors = result.error.issues.map((issue) => ({
    pointer: issue.path.map((step) => `/${escapePointer(String(step))}`).join(''),
    detail: sentence(issue),
  }));
  throw new Problem(400, 'bad_value', errors[0]?.detail ?? 'it is wrong', { in: part, errors });
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  // Ending early must leave the connection for the answer.
  const pieces = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  for await (const chunk of pieces) {
    length += chunk.length;
    if (length <= MAX_BODY_OCTETS) chunks.push(chunk);
    else if (length > MAX_READ_OCTETS) break;
  }
  if (length > MAX_BODY_OCTETS) {
    throw new Problem(413, 'body_too_large', `the body must have at most ${MAX_BODY_OCTETS} octets`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new Problem(400, 'bad_body', 'the body is not UTF-8');
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const { message } = error as Error;
    const found = /at position (\d+)/.exec(message)?.[1];
    // "Unexpected end of JSON input" has no position.
    const at = found === undefined ? text.length : Number(found);
    const before = text.slice(0, at).split('\n');
    const line = before.length;
    const column = (before.at(-1)?.length ?? 0) + 1;
    throw new Problem(400, 'bad_body', `the body is not JSON: line ${line}, column ${column}`, {
      line,
      column,
    });
  }
}

function unknownKey(part: string, keys: readonly string[], known: readonly string[]): Problem {
  const [key = ''] = keys;
  const hint =
    didYouMean(key, known) ?? (known.length === 0 ? 'there are none' : `known are ${known.join(', ')}`);
  const what = part === 'query' ? 'parameter' : 'key';
  const detail = `unknown ${what} ${JSON.stringify(key.slice(0, MAX_SHOWN))}; ${hint}`;
  return new Problem(400, 'unknown_key', detail, { in: part });
}

/** More of a key, or of a path, is no help. */
const MAX_SHOWN = 60;

/** The messages of fields.ts complete "KEY must be …", their second line is a hint. */
function sentence(issue: z.core.$ZodIssue): string {
  const key = issue.path.findLast((step) => typeof step === 'string') ?? 'the body';
  if (issue.code === 'unrecognized_keys') {
    return `unknown key ${JSON.stringify(issue.keys[0]?.slice(0, MAX_SHOWN))} in ${String(key)}`;
  }
  const [what, hint] = issue.message.split('\n');
  const found = issue.input === undefined ? 'missing' : showValue(issue.input);
  return `${String(key)} must be ${what} but is ${found}${hint === undefined ? '' : `; ${hint}`}`;
}

/** RFC 6901 §3. */
function escapePointer(step: string): string {
  return step.replaceAll('~', '~0').replaceAll('/', '~1');
}
