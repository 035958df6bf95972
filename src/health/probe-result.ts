/** What came of one probe. */
export interface ProbeResult {
  /** `unmade`: this machine could not even try, so nothing is said of the member and nothing is counted. */
  readonly outcome: 'passed' | 'failed' | 'unmade';
  /** What an operator reads: `status 503, expected 200`. */
  readonly text: string;
}

/** How a probe of one type is made. Never rejects; ends soon after `signal` aborts. */
export type Prober = (probe: ProbeTarget, signal: AbortSignal) => Promise<ProbeResult>;

/** What a prober needs of a check and of where it goes. */
export interface ProbeTarget {
  /** An IPv4 or IPv6 address, or a host name without the final dot. */
  readonly address: string;
  readonly port: number;
  readonly path: string;
  readonly host?: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly expect: { readonly status: readonly number[]; readonly body?: string };
}

/** The most of an answer that is read, in octets: a health page is small, and members are many. */
export const MAX_BODY_OCTETS = 64 * 1024;

export function passed(text: string): ProbeResult {
  return { outcome: 'passed', text };
}

export function failed(text: string): ProbeResult {
  return { outcome: 'failed', text };
}
