import { z } from 'zod';
import { mapOf, oneOf, text } from '../config/fields.js';
import { didYouMean } from '../config/suggest.js';
import { limitOf, pageOf, pageQuery } from './page.js';
import { Problem } from './problem.js';
import { defineRoute, type Route } from './route.js';
import {
  historySchema,
  memberDetailSchema,
  memberListSchema,
  serviceDetailSchema,
  serviceListSchema,
} from './state-schemas.js';

const memberPattern = text('a pattern such as web/*', 512)
  .optional()
  .describe('`service/member`, `*` for any run of characters; all members unless given.');

/** Services, members and what became of them. */
export const STATE_ROUTES: readonly Route[] = [
  defineRoute(
    {
      method: 'GET',
      path: '/v1/services',
      role: 'view',
      id: 'listServices',
      summary: 'Every service, those of octoDNS `dynamic` records too',
      query: mapOf(pageQuery),
      response: serviceListSchema,
    },
    (controls, { query }) => {
      const { page, ...rest } = pageOf(controls.steering.services(), ({ service }) => service, query);
      return { body: { services: page, ...rest } };
    },
  ),
  defineRoute(
    {
      method: 'GET',
      path: '/v1/services/{+service}',
      role: 'view',
      id: 'getService',
      summary: 'A service: its pools with the weights that hold, its rules, the state of its members',
      params: z.object({ service: z.string() }),
      response: serviceDetailSchema,
      problems: { 404: 'There is no such service.' },
    },
    (controls, { params: { service } }) => {
      const body = controls.steering.service(service);
      if (body !== undefined) return { body };
      const names = controls.steering.services().map((one) => one.service);
      throw notThere('no_service', 'service', service, names);
    },
  ),
  defineRoute(
    {
      method: 'GET',
      path: '/v1/members',
      role: 'view',
      id: 'listMembers',
      summary: 'The state of members',
      query: mapOf({
        member: memberPattern,
        standing: oneOf(['up', 'down', 'draining'])
          .optional()
          .describe('Only those of which answers go by this.'),
        ...pageQuery,
      }),
      response: memberListSchema,
    },
    (controls, { query }) => {
      const { member: pattern, standing } = query;
      const all = pattern === undefined ? controls.steering.members() : controls.steering.members(pattern);
      const found = standing === undefined ? all : all.filter((one) => one.standing === standing);
      const { page, ...rest } = pageOf(found, ({ member }) => member, query);
      return { body: { members: page, ...rest } };
    },
  ),
  defineRoute(
    {
      method: 'GET',
      path: '/v1/members/{+member}',
      role: 'view',
      id: 'getMember',
      summary: 'A member: its state, each check, its history',
      params: z.object({ member: z.string().describe('`service/member`') }),
      response: memberDetailSchema,
      problems: { 404: 'There is no such member.' },
    },
    (controls, { params: { member } }) => {
      const body = controls.steering.member(member);
      if (body !== undefined) return { body };
      const names = controls.steering.members().map((one) => one.member);
      throw notThere('no_member', 'member', member, names);
    },
  ),
  defineRoute(
    {
      method: 'GET',
      path: '/v1/history',
      role: 'view',
      id: 'getHistory',
      summary:
        'What became of members and why, the latest first: the last 64 changes of each are kept, over restarts too',
      query: mapOf({
        member: memberPattern,
        limit: pageQuery.limit,
        before: z.iso
          .datetime({ error: 'a time such as 2027-01-31T18:00:00.000Z' })
          .optional()
          .describe('Only what was before; the `at` of the last one gives the page after it.'),
      }),
      response: historySchema,
    },
    (controls, { query }) => {
      const { member, before } = query;
      const transitions = controls.steering.history({
        limit: limitOf(query),
        ...(member === undefined ? {} : { pattern: member }),
        ...(before === undefined ? {} : { before: Date.parse(before) }),
      });
      return { body: { transitions } };
    },
  ),
];

function notThere(code: string, what: string, name: string, names: readonly string[]): Problem {
  const hint = didYouMean(name, names);
  return new Problem(404, code, `there is no ${what} ${name}${hint === undefined ? '' : `; ${hint}`}`);
}
