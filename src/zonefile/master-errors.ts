import type { SourceFile } from '../config/diagnostics.js';
import { reportError, reportThrown, type ZoneLoad } from './zone-load.js';

/** Offsets into a file's text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Tells of errors in master files, and counts them. */
export class MasterErrors {
  readonly #load: ZoneLoad;
  count = 0;

  constructor(load: ZoneLoad) {
    this.#load = load;
  }

  /** @returns false, as what could not be read */
  report(source: SourceFile, { start, end }: Span, message: string, hint?: string): false {
    this.count += 1;
    reportError(this.#load, { source, start, end }, message, hint);
    return false;
  }

  /** Tells of an RdataError or NameError. @param subject what an RdataError goes on from */
  reportThrown(source: SourceFile, { start, end }: Span, subject: string, error: unknown): false {
    this.count += 1;
    reportThrown(this.#load, { source, start, end }, subject, error);
    return false;
  }
}
