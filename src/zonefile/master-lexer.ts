import type { Token } from '../rr/text-reader.js';

/** A word of a master file and where it stands: offsets into the file's text. */
export interface MasterToken extends Token {
  readonly start: number;
  readonly end: number;
}

/** A comment at the end of a line of an entry. */
export interface MasterComment {
  /** Words of the entry that stand before it. */
  readonly after: number;
  /** Without the semicolon and blanks around it. */
  readonly text: string;
}

/** A record or directive: one line, or several that parentheses join (RFC 1035 §5.1). */
export interface MasterEntry {
  readonly start: number;
  readonly end: number;
  /** True when the line begins with a blank: the owner is the one of the record before. */
  readonly indented: boolean;
  readonly tokens: readonly MasterToken[];
  readonly comments: readonly MasterComment[];
  /** Lines of comments since the entry before; '' is one or more blank lines after such a line. */
  readonly before: readonly string[];
}

/** What is wrong with how a line is written. */
export interface LexProblem {
  readonly start: number;
  readonly end: number;
  readonly message: string;
}

/** Splits a master file into entries. */
export class MasterLexer {
  readonly #text: string;
  #at = 0;
  #before: string[] = [];
  #comments: MasterComment[] = [];
  #tokens: MasterToken[] = [];
  #problem: LexProblem | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** The comment lines after the last entry. */
  get trailing(): readonly string[] {
    return this.#before;
  }

  /** @returns undefined at the end of the file. What is wrong with a line is told in its place; the next one follows. */
  next(): MasterEntry | LexProblem | undefined {
    while (this.#at < this.#text.length) {
      const start = this.#at;
      this.#tokens = [];
      this.#comments = [];
      this.#problem = undefined;
      const end = this.#readLines();
      if (this.#problem !== undefined) return this.#problem;
      if (this.#tokens.length === 0) {
        this.#keepLine();
        continue;
      }
      const before = this.#before;
      if (before.length > 0) this.#before = [];
      const indented = isBlank(this.#text.charCodeAt(start));
      const [first] = this.#tokens;
      return {
        start: first?.start ?? start,
        end: this.#tokens.at(-1)?.end ?? end,
        indented,
        tokens: this.#tokens,
        comments: this.#comments.length === 0 ? NO_COMMENTS : this.#comments,
        before: before.length === 0 ? NO_LINES : before,
      };
    }
    return undefined;
  }

  /** A line without words: comments, or nothing. */
  #keepLine(): void {
    if (this.#comments.length > 0) for (const { text } of this.#comments) this.#before.push(text);
    else if (this.#before.length > 0 && this.#before.at(-1) !== '') this.#before.push('');
  }

  /** Reads up to the end of the line, or of the last of those that parentheses join. @returns offset of its end */
  #readLines(): number {
    const text = this.#text;
    let open = -1;
    let depth = 0;
    for (;;) {
      const at = this.#at;
      const code = text.charCodeAt(at);
      if (Number.isNaN(code) || code === NEWLINE) {
        this.#at = at + 1;
        if (depth === 0) return at;
        if (Number.isNaN(code)) {
          this.#fail(open, open + 1, '"(" has no ")" before the end of the file');
          return at;
        }
      } else if (isBlank(code)) this.#at += 1;
      else if (code === SEMICOLON) this.#readComment();
      else if (code === OPEN || code === CLOSE) {
        if (code === OPEN && depth++ === 0) open = at;
        if (code === CLOSE && depth-- === 0) {
          this.#fail(at, at + 1, '")" has no "(" before it');
          depth = 0;
        }
        this.#at += 1;
      } else if (code === QUOTE) this.#readQuoted();
      else this.#readWord();
    }
  }

  #readComment(): void {
    const end = lineEnd(this.#text, this.#at);
    this.#comments.push({
      after: this.#tokens.length,
      text: this.#text.slice(this.#at, end).replace(/^;+/, '').trim(),
    });
    this.#at = end;
  }

  #readQuoted(): void {
    const start = this.#at;
    const end = closingQuote(this.#text, start);
    if (this.#text[end] !== '"') this.#fail(start, end, 'the quote is not closed before the end of the line');
    this.#tokens.push({ text: this.#text.slice(start + 1, end), quoted: true, start, end: end + 1 });
    this.#at = this.#text[end] === '"' ? end + 1 : end;
  }

  #readWord(): void {
    const text = this.#text;
    const start = this.#at;
    let end = start;
    for (; end < text.length; end++) {
      const code = text.charCodeAt(end);
      if (code === BACKSLASH && text.charCodeAt(end + 1) !== NEWLINE) end += 1;
      else if (code === QUOTE) {
        // SvcParams: `alpn="h2,h3"` (RFC 9460 §2.1). Any other quote begins a word.
        if (text[end - 1] !== '=') break;
        end = closingQuote(text, end);
        if (text[end] !== '"') {
          this.#fail(start, end, 'the quote is not closed before the end of the line');
          break;
        }
      } else if (code <= SPACE ? isBlank(code) || code === NEWLINE : isSpecial(code)) break;
    }
    end = Math.min(end, text.length);
    this.#tokens.push({ text: text.slice(start, end), quoted: false, start, end });
    this.#at = end;
  }

  /** The first problem of an entry is told. */
  #fail(start: number, end: number, message: string): void {
    this.#problem ??= { start, end, message };
  }
}

const NO_COMMENTS: readonly MasterComment[] = [];
const NO_LINES: readonly string[] = [];

const TAB = 0x09;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const OPEN = 0x28;
const CLOSE = 0x29;
const SEMICOLON = 0x3b;
const BACKSLASH = 0x5c;

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB || code === RETURN;
}

function isSpecial(code: number): boolean {
  return code === SEMICOLON || code === OPEN || code === CLOSE;
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

/** Offset of the quote that closes the one at `at`, or of the line's end. */
function closingQuote(text: string, at: number): number {
  let end = at + 1;
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end);
    if (code === QUOTE || code === NEWLINE) return end;
    if (code === BACKSLASH && text.charCodeAt(end + 1) !== NEWLINE) end += 1;
  }
  return Math.min(end, text.length);
}
