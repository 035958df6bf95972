import type { SourceFile } from '../config/diagnostics.js';
import type { YamlEntry, YamlMap, YamlNode, YamlScalar } from './yaml-node.js';

/** Made once: a stack trace for each entry that is not simple would cost more than reading it. */
const NOT_SIMPLE = new Error('not simple YAML');

/** The library refuses longer keys (YAML 1.2 §7.4.2: 1024 characters), so it shall see them. */
const MAX_KEY = 1000;

/** Deeper than a zone file goes; a guard for the stack. */
const MAX_DEPTH = 20;

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const TAB = 0x09;
const SPACE = 0x20;
const QUOTE = 0x22;
const HASH = 0x23;
const APOSTROPHE = 0x27;
const COMMA = 0x2c;
const DASH = 0x2d;
const COLON = 0x3a;
const QUESTION = 0x3f;
const LIST = 0x5b;
const BACKSLASH = 0x5c;
const LIST_END = 0x5d;
const MAP = 0x7b;
const MAP_END = 0x7d;

/** First characters that make something else than a plain scalar of the rest (YAML 1.2 §5.3). */
const INDICATORS = new Set(Array.from(',[]{}#&*!|>\'"%@`', (character) => character.charCodeAt(0)));

/**
 * Reads entries of a zone file's top-level map that are written as nearly all are: block maps and lists by spaces, scalars on one
 * line, flow maps and lists on one line. The YAML library reads anything but takes 90 µs an entry, ten seconds for a zone of
 * 100,000; this takes one.
 */
export class SimpleReader {
  readonly #source: SourceFile;
  readonly #text: string;
  #end = 0;
  #at = 0;
  /** Of the line that #at stands in, when that is its first character that is no space; -1 at the end. */
  #indent = 0;
  #depth = 0;

  constructor(source: SourceFile) {
    this.#source = source;
    this.#text = source.text;
  }

  /**
   * @param start of a line, with the key in its first column
   * @param end past the entry's last line
   * @returns undefined when there is anything else in it, right or wrong: the library is to read it
   */
  entry(start: number, end: number): YamlEntry | undefined {
    this.#at = start;
    this.#end = end;
    this.#depth = 0;
    try {
      const { entries } = this.#read();
      return entries.length === 1 ? entries[0] : undefined;
    } catch (error) {
      if (error === NOT_SIMPLE) return undefined;
      throw error;
    }
  }

  #read(): YamlMap {
    this.#toContent();
    if (this.#indent !== 0) throw NOT_SIMPLE;
    const map = this.#blockMap(0);
    if (this.#at < this.#end) throw NOT_SIMPLE;
    return map;
  }

  /** The character at #at, or a newline past the end. */
  #character(at = this.#at): number {
    return at < this.#end ? this.#text.charCodeAt(at) : NEWLINE;
  }

  /** From the start of a line to the next character that is neither blank nor comment. */
  #toContent(): void {
    while (this.#at < this.#end) {
      const lineStart = this.#at;
      while (this.#character() === SPACE) this.#at += 1;
      const character = this.#character();
      if (character === TAB) throw NOT_SIMPLE;
      if (character === HASH || this.#atLineEnd()) this.#nextLine();
      else {
        this.#indent = this.#at - lineStart;
        return;
      }
    }
    this.#indent = -1;
  }

  #atLineEnd(): boolean {
    const character = this.#character();
    return character === NEWLINE || (character === RETURN && this.#character(this.#at + 1) === NEWLINE);
  }

  #nextLine(): void {
    const newline = this.#text.indexOf('\n', this.#at);
    this.#at = newline < 0 || newline >= this.#end ? this.#end : newline + 1;
  }

  /** Past what may follow a value on its line, and on to the next content. */
  #finishLine(): void {
    const valueEnd = this.#at;
    while (this.#character() === SPACE) this.#at += 1;
    const comment = this.#character() === HASH && this.#at > valueEnd;
    if (!comment && !this.#atLineEnd()) throw NOT_SIMPLE;
    this.#nextLine();
    this.#toContent();
  }

  #isItem(): boolean {
    const next = this.#character(this.#at + 1);
    return this.#character() === DASH && (next === SPACE || next === NEWLINE || next === RETURN);
  }

  /** A block map whose keys stand `indent` columns in; #at is at the first one. */
  #blockMap(indent: number): YamlMap {
    this.#enter();
    const entries: YamlEntry[] = [];
    const start = this.#at;
    let end = start;
    do {
      const key = this.#key();
      if (has(entries, key.text)) throw NOT_SIMPLE;
      const value = this.#entryValue(indent);
      entries.push({ key, value });
      end = value.end;
    } while (this.#indent === indent && !this.#isItem());
    if (this.#indent > indent) throw NOT_SIMPLE;
    this.#depth -= 1;
    return { kind: 'map', source: this.#source, start, end, entries };
  }

  /** What stands after a key and its colon. */
  #entryValue(indent: number): YamlNode {
    const at = this.#at;
    while (this.#character() === SPACE) this.#at += 1;
    if (!this.#atLineEnd() && !(this.#character() === HASH && this.#at > at)) {
      const value = this.#inline();
      this.#finishLine();
      return value;
    }
    this.#nextLine();
    this.#toContent();
    if (this.#indent >= indent && this.#isItem()) return this.#blockList(this.#indent);
    if (this.#indent > indent) return this.#blockMap(this.#indent);
    return this.#scalar(at, at, '', true);
  }

  #blockList(indent: number): YamlNode {
    this.#enter();
    const items: YamlNode[] = [];
    const start = this.#at;
    let end = start;
    while (this.#indent === indent && this.#isItem()) {
      const dash = this.#at;
      this.#at += 1;
      while (this.#character() === SPACE) this.#at += 1;
      if (this.#atLineEnd() || this.#isItem()) throw NOT_SIMPLE;
      const item = this.#item(indent + this.#at - dash);
      items.push(item);
      end = item.end;
    }
    if (this.#indent > indent) throw NOT_SIMPLE;
    this.#depth -= 1;
    return { kind: 'list', source: this.#source, start, end, items };
  }

  /** @param column of the item's first character */
  #item(column: number): YamlNode {
    const start = this.#at;
    if (this.#startsWithKey()) return this.#blockMap(column);
    this.#at = start;
    const value = this.#inline();
    this.#finishLine();
    return value;
  }

  /** Whether a key and its colon stand at #at, which is left as it was. */
  #startsWithKey(): boolean {
    const start = this.#at;
    const first = this.#character();
    if (first === MAP || first === LIST) return false;
    if (first === QUOTE || first === APOSTROPHE) this.#quoted();
    else this.#at = this.#plainEnd(false);
    const isKey = this.#character() === COLON;
    this.#at = start;
    return isKey;
  }

  #key(): YamlScalar {
    const first = this.#character();
    const key = first === QUOTE || first === APOSTROPHE ? this.#quoted() : this.#plain(false);
    if (this.#character() !== COLON || key.text.length > MAX_KEY) throw NOT_SIMPLE;
    // `<<` merges.
    if (key.plain && (key.text === '<<' || key.text === '')) throw NOT_SIMPLE;
    this.#at += 1;
    if (this.#character() !== SPACE && !this.#atLineEnd()) throw NOT_SIMPLE;
    return key;
  }

  /** A value that begins and ends on this line. */
  #inline(): YamlNode {
    const first = this.#character();
    if (first === QUOTE || first === APOSTROPHE) return this.#quoted();
    if (first === MAP) return this.#flowMap();
    if (first === LIST) return this.#flowList();
    const scalar = this.#plain(false);
    if (this.#character() === COLON) throw NOT_SIMPLE;
    return scalar;
  }

  #flowMap(): YamlNode {
    this.#enter();
    const start = this.#at;
    const entries: YamlEntry[] = [];
    for (this.#flowStart(); this.#character() !== MAP_END; this.#flowNext(MAP_END)) {
      const first = this.#character();
      const quoted = first === QUOTE || first === APOSTROPHE;
      const key = quoted ? this.#quoted() : this.#plain(true);
      if (this.#character() !== COLON || has(entries, key.text) || key.text.length > MAX_KEY)
        throw NOT_SIMPLE;
      if (key.plain && key.text === '<<') throw NOT_SIMPLE;
      this.#at += 1;
      if (this.#character() !== SPACE) throw NOT_SIMPLE;
      this.#skipSpaces();
      entries.push({ key, value: this.#flowValue() });
    }
    this.#at += 1;
    this.#depth -= 1;
    return { kind: 'map', source: this.#source, start, end: this.#at, entries };
  }

  #flowList(): YamlNode {
    this.#enter();
    const start = this.#at;
    const items: YamlNode[] = [];
    for (this.#flowStart(); this.#character() !== LIST_END; this.#flowNext(LIST_END))
      items.push(this.#flowValue());
    this.#at += 1;
    this.#depth -= 1;
    return { kind: 'list', source: this.#source, start, end: this.#at, items };
  }

  #flowValue(): YamlNode {
    const first = this.#character();
    if (first === QUOTE || first === APOSTROPHE) return this.#quoted();
    if (first === MAP) return this.#flowMap();
    if (first === LIST) return this.#flowList();
    return this.#plain(true);
  }

  #flowStart(): void {
    this.#at += 1;
    this.#skipSpaces();
  }

  /** Past the comma to the next item, or to the end of the list. */
  #flowNext(closing: number): void {
    this.#skipSpaces();
    if (this.#character() === closing) return;
    if (this.#character() !== COMMA) throw NOT_SIMPLE;
    this.#at += 1;
    this.#skipSpaces();
    if (this.#character() === COMMA) throw NOT_SIMPLE;
  }

  #skipSpaces(): void {
    while (this.#character() === SPACE) this.#at += 1;
  }

  #plain(flow: boolean): YamlScalar {
    const start = this.#at;
    const end = this.#plainEnd(flow);
    this.#at = end;
    let last = end;
    while (last > start && this.#character(last - 1) === SPACE) last -= 1;
    if (last === start) throw NOT_SIMPLE;
    // A comment needs a space before it; the spaces stay for #finishLine to see.
    if (this.#character() !== COLON) this.#at = last;
    else if (last !== end) throw NOT_SIMPLE;
    return this.#scalar(start, last, this.#text.slice(start, last), true);
  }

  /** Where a plain scalar ends: at a colon that ends a key, at a comment, at the end of the line, in flow at `,[]{}`. */
  #plainEnd(flow: boolean): number {
    let at = this.#at;
    const first = this.#character();
    const second = this.#character(at + 1);
    if (INDICATORS.has(first)) throw NOT_SIMPLE;
    if (first === DASH || first === QUESTION || first === COLON) {
      if (second === SPACE || second === NEWLINE || second === RETURN || flow) throw NOT_SIMPLE;
    }
    for (; at < this.#end; at++) {
      const character = this.#text.charCodeAt(at);
      if (character === NEWLINE) return at;
      if (character === TAB) throw NOT_SIMPLE;
      if (character === RETURN) {
        if (this.#character(at + 1) !== NEWLINE) throw NOT_SIMPLE;
        return at;
      }
      if (character === HASH && at > this.#at && this.#text.charCodeAt(at - 1) === SPACE) {
        if (flow) throw NOT_SIMPLE;
        return at;
      }
      if (character === COLON) {
        const next = this.#character(at + 1);
        if (next === SPACE || next === NEWLINE || next === RETURN) return at;
        if (flow && (next === COMMA || isBracket(next))) throw NOT_SIMPLE;
      }
      if (flow && (character === COMMA || isBracket(character))) return at;
    }
    return at;
  }

  /** A scalar in quotes on one line, with no escapes but `''`, `\"`, `\\`. */
  #quoted(): YamlScalar {
    const start = this.#at;
    const quote = this.#character();
    let text = '';
    let from = start + 1;
    for (let at = from; at < this.#end; at++) {
      const character = this.#text.charCodeAt(at);
      if (character === NEWLINE || character === RETURN || character === TAB) throw NOT_SIMPLE;
      const escaped = quote === QUOTE && character === BACKSLASH;
      if (
        escaped ||
        (character === quote && quote === APOSTROPHE && this.#character(at + 1) === APOSTROPHE)
      ) {
        const next = this.#character(at + 1);
        if (escaped && next !== QUOTE && next !== BACKSLASH) throw NOT_SIMPLE;
        text += this.#text.slice(from, at) + String.fromCharCode(next);
        at += 1;
        from = at + 1;
      } else if (character === quote) {
        this.#at = at + 1;
        return this.#scalar(start, this.#at, text + this.#text.slice(from, at), false);
      }
    }
    throw NOT_SIMPLE;
  }

  #scalar(start: number, end: number, text: string, plain: boolean): YamlScalar {
    return { kind: 'scalar', source: this.#source, start, end, text, plain };
  }

  #enter(): void {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw NOT_SIMPLE;
  }
}

function isBracket(character: number): boolean {
  return character === LIST || character === LIST_END || character === MAP || character === MAP_END;
}

function has(entries: readonly YamlEntry[], key: string): boolean {
  for (const entry of entries) if (entry.key.text === key) return true;
  return false;
}
