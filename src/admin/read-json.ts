import type { IncomingMessage } from 'node:http';
import { didYouMean } from '../config/suggest.js';
import { Problem } from './problem.js';

/** The most octets of a request's body. */
export const MAX_BODY_OCTETS = 64 * 1024;

/**
 * Reads a body that is a JSON object with none but these keys. No body counts as an object without any.
 * @throws Problem
 */
export async function readJsonObject(
  request: IncomingMessage,
  keys: readonly string[],
): Promise<Record<string, unknown>> {
  const text = await readText(request);
  if (text.trim() === '') return {};
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Problem(400, 'bad_body', 'the body must be a JSON object');
  }
  for (const key of Object.keys(value)) {
    if (keys.includes(key)) continue;
    const hint = didYouMean(key, keys);
    throw new Problem(
      400,
      'unknown_key',
      `unknown key ${JSON.stringify(key)}${hint === undefined ? '' : `; ${hint}`}`,
    );
  }
  return value as Record<string, unknown>;
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_OCTETS) {
      throw new Problem(413, 'body_too_large', `the body must have at most ${MAX_BODY_OCTETS} octets`);
    }
    chunks.push(chunk);
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
    throw new Problem(400, 'bad_body', `the body is not JSON: ${(error as Error).message}`);
  }
}
