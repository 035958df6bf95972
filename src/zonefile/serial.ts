/** What is remembered of a zone, so that its serial rises with each change and only then. */
export interface SerialState {
  readonly serial: number;
  readonly digest: string;
}

/**
 * The serial of a zone whose serial is automatic: as before while the digest is, else the time, or one more than before
 * where that is not later (RFC 1982). It never goes back.
 * @param previous what was served last; undefined for a zone that is new
 * @param now seconds since 1970
 */
export function nextSerial(previous: SerialState | undefined, digest: string, now: number): number {
  const time = now >>> 0;
  if (previous === undefined) return time;
  if (previous.digest === digest) return previous.serial;
  return isLaterSerial(time, previous.serial) ? time : (previous.serial + 1) >>> 0;
}

/** RFC 1982 §3.2: whether `a` comes after `b`. Serials 2³¹ apart come after neither. */
export function isLaterSerial(a: number, b: number): boolean {
  const distance = (a - b) >>> 0;
  return distance > 0 && distance < 2 ** 31;
}
