import { readFileSync } from 'node:fs';
import type { Where } from '../steer/spec.js';
import { withoutSecrets } from './hide-secrets.js';

/** A file that the user wrote, kept to show lines of it. */
export class SourceFile {
  /** Offset of each line's first character; made when first asked for, most files have nothing wrong. */
  #lineStarts: number[] | undefined;

  /** @param path as the user would name it: relative to where they stand when it is below */
  constructor(
    readonly path: string,
    readonly text: string,
  ) {}

  /** Line and column, both from 1, of an offset into {@link text}. Columns count Unicode characters. */
  position(offset: number): { readonly line: number; readonly column: number } {
    const starts = this.#starts();
    const at = Math.max(0, Math.min(offset, this.text.length));
    const line = lastAtMost(starts, at);
    return { line: line + 1, column: characters(this.text.slice(starts[line], at)) + 1 };
  }

  /** The text of a line, from 1, without its end of line. */
  line(number: number): string {
    const starts = this.#starts();
    const start = starts[number - 1];
    if (start === undefined) return '';
    return this.text.slice(start, starts[number] ?? this.text.length).replace(/[\r\n]+$/, '');
  }

  #starts(): number[] {
    if (this.#lineStarts !== undefined) return this.#lineStarts;
    const starts = [0];
    for (let end = this.text.indexOf('\n'); end >= 0; end = this.text.indexOf('\n', end + 1)) {
      starts.push(end + 1);
    }
    this.#lineStarts = starts;
    return starts;
  }
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
  readonly #sources = new Map<string, SourceFile>();

  get hasErrors(): boolean {
    return this.list.some((diagnostic) => diagnostic.severity === 'error');
  }

  /** @param start and `end`: offsets into `source.text`; what is past the end of the first line is not shown */
  error(source: SourceFile, start: number, end: number, message: string, hint?: string): void {
    this.#add('error', source, start, end, message, hint);
  }

  /** As {@link error}, of a secret: the line is shown without it. */
  secretError(source: SourceFile, start: number, end: number, message: string, hint?: string): void {
    this.#add('error', source, start, end, message, hint);
    const last = this.list.at(-1);
    if (last === undefined) return;
    const characters = Array.from(last.sourceLine);
    characters.fill('*', last.column - 1, last.column - 1 + last.width);
    this.list[this.list.length - 1] = { ...last, sourceLine: characters.join('') };
  }

  /** As {@link error}, for what is served all the same. */
  warning(source: SourceFile, start: number, end: number, message: string, hint?: string): void {
    this.#add('warning', source, start, end, message, hint);
  }

  /** An error of a file, or folder, as a whole. */
  fileError(path: string, message: string, hint?: string): void {
    this.list.push({
      severity: 'error',
      file: path,
      line: 0,
      column: 0,
      width: 0,
      message,
      ...(hint === undefined ? {} : { hint }),
      sourceLine: '',
    });
  }

  /**
   * An error at a place that was kept without its file, as a spec does. The file is read again to show the line, so this is
   * for what is seen when all files are loaded: a reference from one to another.
   */
  errorAt(where: Where, message: string, hint?: string): void {
    this.#addAt('error', where, message, hint);
  }

  /** As {@link errorAt}, for what is served all the same. */
  warningAt(where: Where, message: string, hint?: string): void {
    this.#addAt('warning', where, message, hint);
  }

  #addAt(severity: Diagnostic['severity'], where: Where, message: string, hint: string | undefined): void {
    const source = this.#reread(where.file);
    const sourceLine = withoutSecrets(source.line(where.line));
    const [word = ''] =
      /^[^\s,\]}]*/.exec(
        Array.from(sourceLine)
          .slice(where.column - 1)
          .join(''),
      ) ?? [];
    this.list.push({
      severity,
      file: where.file,
      line: where.line,
      column: where.column,
      width: Math.max(1, characters(word)),
      message,
      ...(hint === undefined ? {} : { hint }),
      sourceLine,
    });
  }

  #reread(file: string): SourceFile {
    const kept = this.#sources.get(file);
    if (kept !== undefined) return kept;
    let text = '';
    try {
      text = readFileSync(file, 'utf8').replace(/^\ufeff/, '');
    } catch {
      // It was there a moment ago; the message is worth showing without the line.
    }
    const source = new SourceFile(file, text);
    this.#sources.set(file, source);
    return source;
  }

  #add(
    severity: Diagnostic['severity'],
    source: SourceFile,
    start: number,
    end: number,
    message: string,
    hint?: string,
  ): void {
    const { line, column } = source.position(start);
    const sourceLine = withoutSecrets(source.line(line));
    const meant = characters(source.text.slice(start, Math.max(start, end)).split(/[\r\n]/, 1)[0] ?? '');
    const left = characters(sourceLine) - column + 1;
    this.list.push({
      severity,
      file: source.path,
      line,
      column,
      width: Math.max(1, Math.min(meant, left)),
      message,
      ...(hint === undefined ? {} : { hint }),
      sourceLine,
    });
  }
}

/**
 * What a terminal shows of diagnostics: place and message, the line with what is meant underlined, the hint. By file in
 * the order in which files came, by place within a file; the same thing once. Ends with a newline unless the list is empty.
 */
export function formatDiagnostics(list: readonly Diagnostic[], options: { readonly color: boolean }): string {
  const order = new Map<string, number>();
  for (const { file } of list) if (!order.has(file)) order.set(file, order.size);
  const sorted = [...list].sort(
    (a, b) => (order.get(a.file) ?? 0) - (order.get(b.file) ?? 0) || a.line - b.line || a.column - b.column,
  );
  return [...new Set(sorted.map((diagnostic) => formatOne(diagnostic, options.color)))].join('');
}

const RED = 31;
const YELLOW = 33;
const CYAN = 36;
const BOLD = 1;

/** Columns of line number and one space: six digits would be a file of 100,000 lines. */
const GUTTER = 5;

/** The most characters of a line that are shown: a terminal's width, near enough. */
const MAX_SHOWN = 110;

function formatOne(diagnostic: Diagnostic, color: boolean): string {
  const { severity, file, line, column, message, hint } = diagnostic;
  const paint = (code: number, text: string): string => (color ? `\x1b[${code}m${text}\x1b[0m` : text);
  const tint = severity === 'error' ? RED : YELLOW;
  const place = line === 0 ? file : `${file}:${line}:${column}`;
  let text = `${paint(BOLD, `${printable(place)}:`)} ${paint(tint, `${severity}:`)} ${printable(message)}\n`;
  if (line > 0) {
    const { shown, indent, underline } = clip(diagnostic);
    text += `${paint(CYAN, `${String(line).padStart(GUTTER)} |`)}${shown === '' ? '' : ` ${shown}`}\n`;
    text += `${paint(CYAN, `${' '.repeat(GUTTER)} |`)} ${indent}${paint(tint, underline)}\n`;
  }
  if (hint !== undefined) text += `${' '.repeat(GUTTER)} ${paint(CYAN, '=')} ${printable(hint)}\n`;
  return text;
}

/** The part of the line around what is meant, and what stands under it. */
function clip({ sourceLine, column, width }: Diagnostic): {
  shown: string;
  indent: string;
  underline: string;
} {
  const all = Array.from(printable(sourceLine));
  const start = column - 1;
  const end = Math.min(start + width, Math.max(all.length, start + 1));
  const from = end <= MAX_SHOWN ? 0 : Math.max(0, Math.min(start - 10, all.length - MAX_SHOWN));
  const to = Math.min(all.length, from + MAX_SHOWN);
  const before = from > 0 ? '…' : '';
  const under = all.slice(start, Math.min(end, to));
  return {
    shown: before + all.slice(from, to).join('') + (to < all.length ? '…' : ''),
    // A tab stays a tab, so that both lines are as wide on every terminal.
    indent: ' '.repeat(before.length) + all.slice(from, start).map(blank).join(''),
    underline: under.length === 0 ? '^' : under.map((character) => '^'.repeat(cells(character))).join(''),
  };
}

function blank(character: string): string {
  return character === '\t' ? '\t' : ' '.repeat(cells(character));
}

/** East Asian characters take two columns of a terminal (Unicode Standard Annex #11, the common blocks). */
function cells(character: string): number {
  return /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u.test(
    character,
  )
    ? 2
    : 1;
}

/** Control characters of a file or message must not reach the terminal. One character each, so that columns hold. */
function printable(text: string): string {
  return text.replace(/[^\P{Cc}\t]|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}

/** Index of the last entry of an ascending list that is at most `value`; the first entry is. */
function lastAtMost(ascending: readonly number[], value: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((ascending[middle] as number) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

function characters(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
