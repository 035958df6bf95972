/**
 * RDATA that can't be read. The message is what follows the field's name: `must be 0 to 65535 but is "x"`.
 */
export class RdataError extends Error {
  readonly code = 'ERR_RDATA';

  constructor(
    message: string,
    /** What to write instead. */
    readonly hint?: string,
  ) {
    super(message);
  }
}

/** `must be … but is "…"`; long values are cut. */
export function mustBe(expected: string, found: string): RdataError {
  return new RdataError(`must be ${expected} but is ${shown(found)}`);
}

/** A value as a message quotes it. */
export function shown(text: string): string {
  return JSON.stringify(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);
}

/** Characters: a message stays one line of a terminal. */
const MAX_SHOWN = 60;
