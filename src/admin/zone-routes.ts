import { z } from 'zod';
import { integer, mapOf, oneOf, pattern, text } from '../config/fields.js';
import { didYouMean } from '../config/suggest.js';
import { isShallow, type JsonMap } from '../zoneedit/json.js';
import type { Controls, RecordChange } from './controls.js';
import { mergePatch } from './merge-patch.js';
import { limitOf, pageOf, pageQuery } from './page.js';
import { Problem } from './problem.js';
import { defineRoute, type Reply, type Route } from './route.js';
import { editOf } from './zone-edits.js';
import {
  editedSchema,
  recordDetailSchema,
  servedListSchema,
  zoneInfoSchema,
  zoneListSchema,
} from './zone-schemas.js';

const zoneParam = z.string().describe("The zone's name, with or without its final dot.");
const nameParam = z.string().describe('Relative to the zone, `@` its apex; or absolute, with its final dot.');
const typeParam = pattern('an RR type', /^[A-Za-z0-9-]{1,20}$/)
  .transform((type) => type.toUpperCase())
  .describe('An RR type, or GSLB, ALIAS, URLFWD.');
const recordParams = z.object({ zone: zoneParam, name: nameParam, type: typeParam });

const json = z.unknown().refine((value) => isShallow(value), 'JSON that is not nested deeper than 16');
const part = (what: string) => json.optional().describe(what);

/** The keys of a record; what they may be is decided by what reads zone files. */
const recordFields = {
  value: part('The only value, as in zone YAML.'),
  values: part('The values, as in zone YAML.'),
  service: part('Of GSLB: the service.'),
  dynamic: part("octoDNS's steering of A, AAAA and CNAME."),
  octodns: part("octoDNS's own settings: `healthcheck`."),
};
const ttl = integer(0, 2 ** 31 - 1);
const written = { ttl: ttl.optional().describe('Seconds; 3600 unless given.'), ...recordFields };

const editQuery = mapOf({
  dry_run: oneOf(['true', 'false'])
    .optional()
    .describe('`true`: checks, and shows the difference, and changes nothing.'),
});
const editHeaders = {
  'if-match': 'The ETag of the zone as it was read (RFC 9110 §13.1.1); `*` for whatever is there.',
};
const editProblems = {
  404: 'There is no such zone, or record.',
  409: 'The zone is not in YAML here, or is written in a way that can not be edited in place.',
  412: 'The zone was changed since: read it again.',
  422: 'The zone would be wrong: `errors` has file, line and column; nothing was written.',
  428: 'If-Match is missing.',
};

/** Zones and their records. */
export const ZONE_ROUTES: readonly Route[] = [
  defineRoute(
    {
      method: 'GET',
      path: '/v1/zones',
      role: 'view',
      id: 'listZones',
      summary: 'Every zone that is served',
      query: mapOf(pageQuery),
      response: zoneListSchema,
    },
    (controls, { query }) => {
      const { page, ...rest } = pageOf(controls.zones.list(), ({ name }) => name, query);
      return { body: { zones: page, ...rest } };
    },
  ),
  defineRoute(
    {
      method: 'GET',
      path: '/v1/zones/{zone}',
      role: 'view',
      id: 'getZone',
      summary: 'A zone; its ETag is that of its files',
      params: z.object({ zone: zoneParam }),
      response: zoneInfoSchema,
      problems: { 404: 'There is no such zone.' },
    },
    (controls, { params }) => {
      const { etag, ...body } = zoneOf(controls, params.zone);
      return { body, headers: headersOf(etag) };
    },
  ),
  defineRoute(
    {
      method: 'GET',
      path: '/v1/zones/{zone}/records',
      role: 'view',
      id: 'listRecords',
      summary: 'What a zone serves, by RRset',
      params: z.object({ zone: zoneParam }),
      query: mapOf({
        name: text('a name', 1024)
          .optional()
          .describe('Only at this name: relative, `@` the apex; or absolute.'),
        type: typeParam.optional().describe('Only of this RR type.'),
        ...pageQuery,
      }),
      response: servedListSchema,
      problems: { 404: 'There is no such zone.' },
    },
    (controls, { params, query }) => {
      const { etag, name: zone } = zoneOf(controls, params.zone);
      const { name, type, after } = query;
      const found = controls.zones.records(zone, {
        limit: limitOf(query),
        ...(name === undefined ? {} : { name }),
        ...(type === undefined ? {} : { type }),
        ...(after === undefined ? {} : { after }),
      });
      if (found === undefined) throw badName(name ?? after ?? '', zone);
      const { page, ...rest } = found;
      return { body: { records: page, ...rest }, headers: headersOf(etag) };
    },
  ),
  defineRoute(
    {
      method: 'POST',
      path: '/v1/zones/{zone}/records',
      role: 'edit',
      id: 'addRecord',
      summary: 'Adds a record set to a zone of YAML files',
      params: z.object({ zone: zoneParam }),
      query: editQuery,
      headers: editHeaders,
      body: mapOf({
        name: text('a name', 1024).describe('Relative, `@` the apex; or absolute.'),
        type: typeParam,
        ...written,
      }),
      response: editedSchema,
      problems: { ...editProblems, 409: `There is one already. ${editProblems[409]}` },
    },
    (controls, { params, query, body: { name, type, ...record }, header }) => {
      const change = (old: JsonMap | undefined): JsonMap => {
        if (old === undefined) return record as JsonMap;
        throw new Problem(409, 'record_exists', `${name} has a record set ${type} already: PUT or PATCH it`);
      };
      return edit(controls, { ...params, name, type }, query.dry_run, header('if-match'), change);
    },
  ),
  defineRoute(
    {
      method: 'GET',
      path: '/v1/zones/{zone}/records/{name}/{type}',
      role: 'view',
      id: 'getRecord',
      summary: 'A record set: as its file has it, and what is served at the name',
      params: recordParams,
      response: recordDetailSchema,
      problems: { 404: 'There is no such zone, or record.' },
    },
    (controls, { params: { zone: asked, name, type } }) => {
      const zone = zoneOf(controls, asked);
      const found = controls.zones.record(zone.name, name, type);
      if (found === undefined) throw badName(name, zone.name);
      const there = found.record !== undefined || found.served.some((set) => set.type === type);
      if (!there) throw noRecord(name, type, zone.name);
      return { body: { name, type, ...found }, headers: headersOf(zone.etag) };
    },
  ),
  defineRoute(
    {
      method: 'PUT',
      path: '/v1/zones/{zone}/records/{name}/{type}',
      role: 'edit',
      id: 'putRecord',
      summary:
        'Makes a record set just this, whether there was one or not; what stays the same stays as it is written',
      params: recordParams,
      query: editQuery,
      headers: editHeaders,
      body: mapOf(written),
      response: editedSchema,
      problems: editProblems,
    },
    (controls, { params, query, body, header }) =>
      edit(controls, params, query.dry_run, header('if-match'), () => body as JsonMap),
  ),
  defineRoute(
    {
      method: 'PATCH',
      path: '/v1/zones/{zone}/records/{name}/{type}',
      role: 'edit',
      id: 'patchRecord',
      summary: 'Changes parts of a record set (RFC 7396): null takes a key away',
      params: recordParams,
      query: editQuery,
      headers: editHeaders,
      body: mapOf({ ttl: ttl.nullable().optional().describe('Seconds.'), ...recordFields }),
      bodyTypes: ['application/merge-patch+json'],
      response: editedSchema,
      problems: editProblems,
    },
    (controls, { params, query, body, header }) =>
      edit(controls, params, query.dry_run, header('if-match'), (old) => {
        if (old === undefined) throw noRecord(params.name, params.type, params.zone);
        return mergePatch(old, body as JsonMap);
      }),
  ),
  defineRoute(
    {
      method: 'DELETE',
      path: '/v1/zones/{zone}/records/{name}/{type}',
      role: 'edit',
      id: 'deleteRecord',
      summary: 'Removes a record set',
      params: recordParams,
      query: editQuery,
      headers: editHeaders,
      response: editedSchema,
      problems: editProblems,
    },
    (controls, { params, query, header }) =>
      edit(controls, params, query.dry_run, header('if-match'), (old) => {
        if (old === undefined) throw noRecord(params.name, params.type, params.zone);
        return undefined;
      }),
  ),
];

async function edit(
  controls: Controls,
  { zone: asked, name, type }: z.output<typeof recordParams>,
  dryRun: 'true' | 'false' | undefined,
  ifMatch: string | undefined,
  change: RecordChange['change'],
): Promise<Reply> {
  const zone = zoneOf(controls, asked);
  return editOf(controls, zone, { name, type, change, dryRun: dryRun === 'true' }, ifMatch);
}

function zoneOf(controls: Controls, asked: string): NonNullable<ReturnType<Controls['zones']['find']>> {
  const zone = controls.zones.find(asked);
  if (zone !== undefined) return zone;
  const names = controls.zones.list().map(({ name }) => name);
  const hint = didYouMean(asked.replace(/\.?$/, '.'), names);
  throw new Problem(404, 'no_zone', `there is no zone ${asked}${hint === undefined ? '' : `; ${hint}`}`);
}

function headersOf(etag: string | undefined): Record<string, string> {
  return etag === undefined ? {} : { etag };
}

function noRecord(name: string, type: string, zone: string): Problem {
  return new Problem(404, 'no_record', `there is no record set ${type} of ${name} in ${zone}`);
}

function badName(name: string, zone: string): Problem {
  const detail = `${name} is no name in ${zone}: relative to it, @ for its apex, or absolute with a final dot`;
  return new Problem(400, 'bad_name', detail);
}
