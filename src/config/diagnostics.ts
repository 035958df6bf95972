/** A file that the user wrote, kept to show lines of it. */
export class SourceFile {
  /** @param path as the user would name it: relative to where they stand when it is below */
  constructor(
    readonly path: string,
    readonly text: string,
  ) {}
}

/** One thing that is wrong, and where. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  readonly file: string;
  /** From 1; 0 when the whole file is meant (it can't be read, say). */
  readonly line: number;
  /** From 1, in characters; 0 with line 0. */
  readonly column: number;
  /** How many characters of the line are meant. */
  readonly width: number;
  /** `weight must be 0 to 65535 but is -3`, without place. */
  readonly message: string;
  /** `did you mean "weight"?` and the like. */
  readonly hint?: string;
  /** The line itself. */
  readonly sourceLine: string;
}

/** Collects what is wrong in a run, so that all of it is shown at once. */
export class Diagnostics {
  readonly list: Diagnostic[] = [];

  get hasErrors(): boolean {
    return this.list.some((diagnostic) => diagnostic.severity === 'error');
  }
}
