import { Counter, type Counters, count } from '../state/counters.js';

/** One open socket that is being answered. */
export interface RunningListener {
  readonly address: string;
  /** The real one where 0 was asked for. */
  readonly port: number;
  /** Takes no more queries; ends when the responses on their way are sent, or their time is over. */
  close(): Promise<void>;
}

/** The part of the application's log that transports use. */
export interface TransportLog {
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Counts exceptions that answering threw, and logs the first: a requestor that finds one could else fill the disk. */
export function faultReporter(counters: Counters, log: TransportLog): (error: unknown) => void {
  let told = false;
  return (error) => {
    count(counters, Counter.internalErrors);
    if (told) return;
    told = true;
    log.error({ err: error }, 'answering a query failed; further failures are only counted');
  };
}
