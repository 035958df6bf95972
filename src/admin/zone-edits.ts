import type { EditOutcome } from '../zoneedit/zone-editor.js';
import type { Controls, RecordChange, ZoneDetail } from './controls.js';
import { Problem } from './problem.js';
import type { Reply } from './route.js';

/**
 * Makes an edit, and tells what became of it.
 * @param ifMatch the field's value
 * @throws Problem
 */
export async function editOf(
  controls: Controls,
  zone: ZoneDetail,
  change: RecordChange,
  ifMatch: string | undefined,
): Promise<Reply> {
  if (zone.source !== 'yaml') {
    const why =
      zone.source === 'master' ? `in the master file ${zone.files[0]}` : 'transferred from another server';
    throw new Problem(409, 'read_only', `${zone.name} is ${why}: it can not be edited here`);
  }
  if (ifMatch === undefined) {
    throw new Problem(428, 'no_if_match', 'an edit needs If-Match with the ETag of the zone as it was read');
  }
  const { outcome, reload } = await controls.zones.edit(zone.name, change, (digest) =>
    matches(ifMatch, digest),
  );
  if (outcome.kind !== 'edited') throw problemOf(outcome, zone, change);
  const { digest, file, diff, before, after, warnings } = outcome;
  const told = {
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  };
  const etag = etagOf(digest);
  return {
    status: before === undefined && !change.dryRun ? 201 : 200,
    headers: { etag },
    body: {
      dryRun: change.dryRun,
      etag,
      file,
      diff,
      ...told,
      warnings,
      ...(reload === undefined ? {} : { reload }),
    },
    ...(change.dryRun ? {} : { change: told }),
  };
}

/** A strong validator (RFC 9110 §8.8.1) of the octets of a zone's files. */
export function etagOf(digest: string): string {
  return `"${digest}"`;
}

/** RFC 9110 §13.1.1: strong comparison, by which a weak validator matches nothing. */
function matches(ifMatch: string, digest: string): boolean {
  if (ifMatch.trim() === '*') return true;
  return ifMatch.split(',').some((tag) => tag.trim() === etagOf(digest));
}

function problemOf(
  outcome: Exclude<EditOutcome, { kind: 'edited' }>,
  zone: ZoneDetail,
  { name }: RecordChange,
): Problem {
  switch (outcome.kind) {
    case 'no-zone':
      return new Problem(409, 'read_only', `the files of ${zone.name} are gone: reload`);
    case 'bad-name':
      return new Problem(
        400,
        'bad_name',
        `${name} is no name in ${zone.name}: relative to it, @ for its apex, or absolute with a final dot`,
      );
    case 'read-only':
      return new Problem(409, 'read_only', `${zone.name} is in the master file ${outcome.file}`);
    case 'stale':
      return new Problem(
        412,
        'stale',
        `${zone.name} was changed since: read it again`,
        {},
        { etag: etagOf(outcome.digest) },
      );
    case 'layout':
      return new Problem(
        409,
        'not_editable',
        `${outcome.file} can not be edited in place: ${outcome.why}; edit it by hand`,
      );
    case 'wrong': {
      const errors = outcome.diagnostics.filter(({ severity }) => severity === 'error');
      const count = `${errors.length} ${errors.length === 1 ? 'error' : 'errors'}`;
      const detail = `with this edit there would be ${count}; nothing was written`;
      return new Problem(422, 'would_break', detail, { errors, diff: outcome.diff });
    }
    case 'unwritten':
      return new Problem(500, 'not_written', `${outcome.file} can't be written: ${outcome.why}`);
  }
}
