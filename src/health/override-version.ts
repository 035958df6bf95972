/**
 * Versions of what operators say, the same in order as what they saw: a hybrid logical clock. A version is the time in ms (12
 * hexadecimal digits), a count for those of one ms (4), and the instance where it was said, so that no two are the same; texts
 * compare as the versions do. A version is later than every one that the instance knew, whatever its clock says.
 */
export function nextVersion(nowMs: number, known: Iterable<string>, instance: string): string {
  let [ms, count] = [nowMs, 0];
  for (const version of known) {
    const other = parseVersion(version);
    if (other === undefined || other.ms < ms || (other.ms === ms && other.count < count)) continue;
    [ms, count] = other.count < MAX_COUNT ? [other.ms, other.count + 1] : [other.ms + 1, 0];
  }
  return versionAt(ms, count, instance);
}

/** @param ms since 1970, of up to 48 bits */
export function versionAt(ms: number, count: number, instance: string): string {
  const digits = (value: number, width: number): string =>
    Math.max(0, Math.floor(value)).toString(16).padStart(width, '0');
  return `${digits(ms, 12)}${digits(count, 4)}-${instance}`;
}

/** When it was said, by the clock of who said it, in ms since 1970; undefined when it is no version. */
export function timeOfVersion(version: string): number | undefined {
  return parseVersion(version)?.ms;
}

const MAX_COUNT = 0xffff;

function parseVersion(version: string): { ms: number; count: number } | undefined {
  const [, ms, count] = /^([0-9a-f]{12})([0-9a-f]{4})-[A-Za-z0-9._-]{0,63}$/.exec(version) ?? [];
  return ms === undefined || count === undefined
    ? undefined
    : { ms: Number.parseInt(ms, 16), count: Number.parseInt(count, 16) };
}
