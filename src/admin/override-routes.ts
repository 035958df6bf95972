import { z } from 'zod';
import { duration, integer, mapOf, oneOf, parsed, text } from '../config/fields.js';
import { didYouMean } from '../config/suggest.js';
import {
  type Controls,
  OVERRIDE_ASPECTS,
  type OverrideResult,
  type OverrideStatus,
  type OverrideWord,
} from './controls.js';
import { Problem } from './problem.js';
import { defineRoute, type Route } from './route.js';
import { OVERRIDE_NAMES, overrideAnswerSchema, overrideListSchema } from './state-schemas.js';

const params = z.object({
  pattern: z
    .string()
    .describe(
      '`service/member`; `*` stands for any run of characters, `?` for one; a member alone for it in every service.',
    ),
});

const TIME = 'a time such as 2027-01-31T18:00:00Z';

/** RFC 3339, with its offset. */
const instant = parsed<number>(TIME, (value) => {
  const ms = Date.parse(value);
  const right = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[-+]\d\d:\d\d)$/.test(value);
  return right && !Number.isNaN(ms) ? { value: ms } : { problem: '' };
});

const YEAR_MS = 366 * 24 * 3600 * 1000;

const word = mapOf({
  override: oneOf(OVERRIDE_NAMES)
    .optional()
    .describe('`drain`: no new clients; `up` and `down` win over checks.'),
  weight: integer(0, 65535).optional().describe("Instead of the service's own, in every pool."),
  reason: text('words', 200).optional().describe('Why; shown wherever this is.'),
  for: duration(1000, YEAR_MS)
    .optional()
    .describe('How long it holds: `90s`, `2h`; until it is taken back unless given.'),
  until: instant.optional().describe(`When it ends, ${TIME}.`),
});

/** What operators say of members. */
export const OVERRIDE_ROUTES: readonly Route[] = [
  defineRoute(
    {
      method: 'GET',
      path: '/v1/overrides',
      role: 'view',
      id: 'listOverrides',
      summary: 'What operators said, oldest first; where several match a member, the last one holds',
      response: overrideListSchema,
    },
    (controls) => ({ body: { overrides: controls.status().overrides } }),
  ),
  defineRoute(
    {
      method: 'PUT',
      path: '/v1/overrides/{+pattern}',
      role: 'operate',
      id: 'setOverride',
      summary: 'Says what the state of members is, or their weight; over reloads and restarts',
      params,
      body: word,
      response: overrideAnswerSchema,
      problems: { 404: 'No member matches the pattern.' },
    },
    async (controls, { params, body }) => {
      const pattern = readPattern(params.pattern);
      const said = readWord(body, Date.now());
      const before = saidOf(controls, pattern);
      const result = await refusePattern(controls.setOverride(pattern, said));
      if (result.members.length === 0) throw noSuchMember(controls, pattern);
      const { until, ...rest } = said;
      const ends = until === undefined ? {} : { until: new Date(until).toISOString() };
      const change = { before, after: saidOf(controls, pattern) };
      return { body: { pattern, ...rest, ...ends, ...result }, change };
    },
  ),
  defineRoute(
    {
      method: 'DELETE',
      path: '/v1/overrides/{+pattern}',
      role: 'operate',
      id: 'clearOverride',
      summary: 'Takes back what was said of the members that match',
      params,
      query: mapOf({
        of: oneOf(OVERRIDE_ASPECTS)
          .optional()
          .describe('Of their state or their weight alone; of both unless given.'),
      }),
      response: overrideAnswerSchema,
      problems: { 404: 'No member matches the pattern, and nothing was said of it.' },
    },
    async (controls, { params, query }) => {
      const pattern = readPattern(params.pattern);
      const before = saidOf(controls, pattern);
      // Also for a pattern whose members are gone, as long as something was said of it.
      const aspects = query.of === undefined ? OVERRIDE_ASPECTS : [query.of];
      const result = await refusePattern(controls.clearOverride(pattern, aspects));
      if (result.members.length === 0 && before.length === 0) throw noSuchMember(controls, pattern);
      const change = { before, after: saidOf(controls, pattern) };
      return { body: { pattern, override: 'none', ...result }, change };
    },
  ),
];

/** @throws Problem when it says too much, or nothing */
function readWord(body: z.output<typeof word>, now: number): OverrideWord {
  const { override, weight, reason, for: forMs, until } = body;
  const wrong = (pointer: string, detail: string): Problem =>
    new Problem(400, 'bad_value', detail, { in: 'body', errors: [{ pointer, detail }] });
  if (forMs !== undefined && until !== undefined) throw wrong('/until', 'either for or until, not both');
  const ends = forMs === undefined ? until : now + forMs;
  if (ends !== undefined && (ends <= now || ends > now + YEAR_MS)) {
    throw wrong('/until', 'until must be a time to come, within a year');
  }
  const more = {
    ...(reason === undefined ? {} : { reason }),
    ...(ends === undefined ? {} : { until: ends }),
  };
  if (override !== undefined && weight === undefined) return { override, ...more };
  if (weight !== undefined && override === undefined) return { override: 'weight', weight, ...more };
  if (weight === undefined) {
    throw wrong('/override', 'override must be drain, up or down but is missing; or give a weight');
  }
  throw wrong('/weight', 'either override or weight, not both: each is said for itself');
}

/** What was said of just this pattern. */
function saidOf(controls: Controls, pattern: string): OverrideStatus[] {
  return controls.status().overrides.filter((said) => said.pattern === pattern);
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

/** A pattern without `/` is a member's name, in whatever service. */
function readPattern(pattern: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (pattern === '' || pattern.length > 512 || /[\x00-\x20\x7f]/.test(pattern)) {
    throw new Problem(
      400,
      'bad_pattern',
      'a pattern is service/member, with * for any characters: web/fra1, web/*',
    );
  }
  return pattern.includes('/') ? pattern : `*/${pattern}`;
}

function noSuchMember(controls: Controls, pattern: string): Problem {
  const members = controls.steering.members().map(({ member }) => member);
  const hint = didYouMean(pattern.replace(/^\*\//, ''), members);
  return new Problem(
    404,
    'no_member',
    `no member matches ${pattern}${hint === undefined ? '' : `; ${hint}`}`,
  );
}
