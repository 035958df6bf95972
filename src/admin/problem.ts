import { STATUS_CODES } from 'node:http';

/** An error response of the API: RFC 9457 with a stable `code` and, for some, more members. */
export class Problem extends Error {
  /**
   * @param code for programs; never changes
   * @param detail for people: what can't be done and what was expected
   */
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly more: Readonly<Record<string, unknown>> = {},
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
  }

  /** RFC 9457 §4.2.1: with `about:blank` the title is the status code's own. */
  body(): Record<string, unknown> {
    return {
      type: 'about:blank',
      title: STATUS_CODES[this.status] ?? 'Error',
      status: this.status,
      detail: this.message,
      code: this.code,
      ...this.more,
    };
  }
}
