import { z } from 'zod';
import { mapOf, oneOf } from '../config/fields.js';
import { didYouMean } from '../config/suggest.js';
import type { Controls, OverrideResult } from './controls.js';
import { Problem } from './problem.js';
import { defineRoute, type Route } from './route.js';
import { OVERRIDE_NAMES, overrideAnswerSchema, overrideListSchema } from './schemas.js';

const pattern = z
  .string()
  .describe(
    '`service/member`; `*` stands for any run of characters, `?` for one; a member alone: in every service.',
  );

const params = z.object({ pattern });

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
      summary: 'Says something of members, over reloads and restarts',
      params,
      body: mapOf({ override: oneOf(OVERRIDE_NAMES) }),
      response: overrideAnswerSchema,
      problems: { 404: 'No member matches the pattern.' },
    },
    async (controls, { params, body: { override } }) => {
      const pattern = readPattern(params.pattern);
      const result = await refusePattern(controls.setOverride(pattern, override));
      if (result.members.length === 0) throw noSuchMember(controls, pattern);
      return { body: { pattern, override, ...result } };
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
      response: overrideAnswerSchema,
      problems: { 404: 'No member matches the pattern, and nothing was said of it.' },
    },
    async (controls, { params }) => {
      const pattern = readPattern(params.pattern);
      // Also for a pattern whose members are gone, as long as something was said of it.
      const known = controls.status().overrides.some((said) => said.pattern === pattern);
      const result = await refusePattern(controls.clearOverride(pattern));
      if (result.members.length === 0 && !known) throw noSuchMember(controls, pattern);
      return { body: { pattern, override: 'none', ...result } };
    },
  ),
];

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
function readPattern(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (text === '' || text.length > 512 || /[\x00-\x20\x7f]/.test(text)) {
    throw new Problem(
      400,
      'bad_pattern',
      'a pattern is service/member, with * for any characters: web/fra1, web/*',
    );
  }
  return text.includes('/') ? text : `*/${text}`;
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
