import type { IncomingMessage } from 'node:http';
import { didYouMean } from '../config/suggest.js';
import { AskError } from '../explain/parse-ask.js';
import { type Controls, OVERRIDE_NAMES, type OverrideName, type OverrideResult } from './controls.js';
import { Problem } from './problem.js';
import { readJsonObject } from './read-json.js';

/** One resource of the API. */
export interface Route {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** A path, or the start of one when it ends with `/`. */
  readonly path: string;
  /**
   * @param rest what follows a path that ends with `/`, percent-decoded
   * @returns what becomes the JSON of a 200, or its text
   * @throws Problem
   */
  answer(controls: Controls, ask: RouteAsk): Promise<object | string>;
  /** The media type of what is not JSON. */
  readonly mediaType?: string;
}

interface RouteAsk {
  readonly request: IncomingMessage;
  readonly query: URLSearchParams;
  readonly rest: string;
}

export const ROUTES: readonly Route[] = [
  { method: 'GET', path: '/v1/status', answer: async (controls) => controls.status() },
  {
    method: 'GET',
    path: '/v1/overrides',
    answer: async (controls) => ({ overrides: controls.status().overrides }),
  },
  { method: 'PUT', path: '/v1/overrides/', answer: setOverride },
  { method: 'DELETE', path: '/v1/overrides/', answer: clearOverride },
  { method: 'POST', path: '/v1/reload', answer: reload },
  { method: 'GET', path: '/v1/explain', answer: explain },
  {
    method: 'GET',
    path: '/metrics',
    mediaType: 'text/plain; version=0.0.4; charset=utf-8',
    answer: (controls) => controls.metrics(),
  },
];

async function setOverride(controls: Controls, { request, rest }: RouteAsk): Promise<object> {
  const pattern = readPattern(rest);
  const { override } = await readJsonObject(request, ['override']);
  if (!isOverrideName(override)) {
    throw new Problem(
      400,
      'bad_override',
      `override must be one of ${OVERRIDE_NAMES.join(', ')} but is ${JSON.stringify(override) ?? 'missing'}`,
    );
  }
  const result = await refusePattern(controls.setOverride(pattern, override));
  if (result.members.length === 0) throw noSuchMember(controls, pattern);
  return { pattern, override, ...result };
}

/** Also for a pattern whose members are gone, as long as something was said of it. */
async function clearOverride(controls: Controls, { rest }: RouteAsk): Promise<object> {
  const pattern = readPattern(rest);
  const known = controls.status().overrides.some((said) => said.pattern === pattern);
  const result = await refusePattern(controls.clearOverride(pattern));
  if (result.members.length === 0 && !known) throw noSuchMember(controls, pattern);
  return { pattern, override: 'none', ...result };
}

async function refusePattern(result: Promise<OverrideResult>): Promise<OverrideResult> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MEMBER_PATTERN') {
      throw new Problem(400, 'bad_pattern', error.message);
    }
    throw error;
  }
}

async function reload(controls: Controls, { request }: RouteAsk): Promise<object> {
  await readJsonObject(request, []);
  const outcome = await controls.reload();
  if (outcome.reloaded) return outcome;
  const count = outcome.errors.filter(({ severity }) => severity === 'error').length;
  throw new Problem(
    422,
    'reload_refused',
    `the configuration has ${count} ${count === 1 ? 'error' : 'errors'}; what was loaded before goes on serving`,
    { errors: outcome.errors },
  );
}

async function explain(controls: Controls, { query }: RouteAsk): Promise<object> {
  const known = ['name', 'type', 'from', 'ecs'];
  for (const key of query.keys()) {
    if (known.includes(key)) continue;
    throw new Problem(400, 'unknown_key', `unknown parameter ${key}; known are ${known.join(', ')}`);
  }
  const name = query.get('name');
  if (name === null)
    throw new Problem(400, 'bad_ask', 'the parameter name is missing: the owner name to ask for');
  const from = query.get('from');
  const ecs = query.get('ecs');
  try {
    return await controls.explain({
      name,
      type: query.get('type') ?? 'A',
      ...(from === null ? {} : { from }),
      ...(ecs === null ? {} : { ecs }),
    });
  } catch (error) {
    if (error instanceof AskError) throw new Problem(400, 'bad_ask', error.message);
    throw error;
  }
}

/** A pattern without `/` is a member's name, in whatever service. */
function readPattern(rest: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (rest === '' || rest.length > 512 || /[\x00-\x20\x7f]/.test(rest)) {
    throw new Problem(
      400,
      'bad_pattern',
      'a pattern is service/member, with * for any characters: web/fra1, web/*',
    );
  }
  return rest.includes('/') ? rest : `*/${rest}`;
}

function isOverrideName(value: unknown): value is OverrideName {
  return (OVERRIDE_NAMES as readonly unknown[]).includes(value);
}

function noSuchMember(controls: Controls, pattern: string): Problem {
  const members = controls.status().members.map(({ member }) => member);
  const hint = didYouMean(pattern.replace(/^\*\//, ''), members);
  return new Problem(
    404,
    'no_member',
    `no member matches ${pattern}${hint === undefined ? '' : `; ${hint}`}`,
  );
}
