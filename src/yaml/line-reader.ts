import type { SourceFile } from '../config/diagnostics.js';
import {
  APOSTROPHE,
  BACKSLASH,
  COLON,
  COMMA,
  DASH,
  HASH,
  LIST,
  LIST_END,
  MAP,
  MAP_END,
  NEWLINE,
  QUESTION,
  QUOTE,
  RETURN,
  SPACE,
  TAB,
} from './characters.js';
import type { YamlEntry, YamlMap, YamlNode, YamlScalar } from './yaml-node.js';

/** Made once: a stack trace for each entry that is not simple would cost more than reading it. */
export const NOT_SIMPLE = new Error('not simple YAML');

/** The library refuses longer keys (YAML 1.2 §7.4.2: 1024 characters), so it shall see them. */
const MAX_KEY = 1000;

/** Deeper than any of the formats goes; a guard for the stack. */
const MAX_DEPTH = 20;

/** First characters that make something else than a plain scalar of the rest (YAML 1.2 §5.3). */
const INDICATORS = new Set(Array.from(',[]{}#&*!|>\'"%@`', (character) => character.charCodeAt(0)));

/**
 * Reads what stands on one line: keys, scalars, flow maps and flow lists. {@link at} goes on behind what was read. What is not
 * simple, right or wrong, throws {@link NOT_SIMPLE}.
 */
export class LineReader {
  /** Offset of the next character. */
  at = 0;
  /** Offset past the last character that is read. */
  end = 0;
  readonly #source: SourceFile;
  readonly #text: string;
  #depth = 0;

  constructor(source: SourceFile) {
    this.#source = source;
    this.#text = source.text;
  }

  /** @param start and `end`: offsets of what is to be read */
  begin(start: number, end: number): void {
    this.at = start;
    this.end = end;
    this.#depth = 0;
  }

  /** The character at an offset, or a newline past the end. */
  character(at = this.at): number {
    return at < this.end ? this.#text.charCodeAt(at) : NEWLINE;
  }

  skipSpaces(): void {
    while (this.character() === SPACE) this.at += 1;
  }

  isLineEnd(): boolean {
    const character = this.character();
    return character === NEWLINE || (character === RETURN && this.character(this.at + 1) === NEWLINE);
  }

  isComment(): boolean {
    return this.character() === HASH;
  }

  isTab(): boolean {
    return this.character() === TAB;
  }

  /** Whether a dash stands here that makes an item of a block list. */
  isItem(): boolean {
    const next = this.character(this.at + 1);
    return this.character() === DASH && (next === SPACE || next === NEWLINE || next === RETURN);
  }

  nextLine(): void {
    const newline = this.#text.indexOf('\n', this.at);
    this.at = newline < 0 || newline >= this.end ? this.end : newline + 1;
  }

  /** Whether a key and its colon stand here; {@link at} stays. */
  startsWithKey(): boolean {
    const start = this.at;
    const first = this.character();
    if (first === MAP || first === LIST) return false;
    if (first === QUOTE || first === APOSTROPHE) this.#quoted();
    else this.at = this.#plainEnd(false);
    const isKey = this.character() === COLON;
    this.at = start;
    return isKey;
  }

  /** A key of a block map, and its colon. */
  key(): YamlScalar {
    const first = this.character();
    const key = first === QUOTE || first === APOSTROPHE ? this.#quoted() : this.#plain(false);
    if (this.character() !== COLON || key.text.length > MAX_KEY) throw NOT_SIMPLE;
    // `<<` merges.
    if (key.plain && (key.text === '<<' || key.text === '')) throw NOT_SIMPLE;
    this.at += 1;
    if (this.character() !== SPACE && !this.isLineEnd()) throw NOT_SIMPLE;
    return key;
  }

  /** A value that begins and ends on this line. */
  inline(): YamlNode {
    const value = this.#value(false);
    if (value.kind === 'scalar' && value.plain && this.character() === COLON) throw NOT_SIMPLE;
    return value;
  }

  scalar(start: number, end: number, text: string, plain: boolean): YamlScalar {
    return { kind: 'scalar', source: this.#source, start, end, text, plain };
  }

  enter(): void {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw NOT_SIMPLE;
  }

  leave(): void {
    this.#depth -= 1;
  }

  #value(flow: boolean): YamlNode {
    const first = this.character();
    if (first === QUOTE || first === APOSTROPHE) return this.#quoted();
    if (first === MAP) return this.#flowMap();
    if (first === LIST) return this.#flowList();
    return this.#plain(flow);
  }

  #flowMap(): YamlMap {
    this.enter();
    const start = this.at;
    const entries: YamlEntry[] = [];
    for (this.#flowStart(); this.character() !== MAP_END; this.#flowNext(MAP_END)) {
      const first = this.character();
      const quoted = first === QUOTE || first === APOSTROPHE;
      const key = quoted ? this.#quoted() : this.#plain(true);
      if (this.character() !== COLON || hasKey(entries, key.text) || key.text.length > MAX_KEY)
        throw NOT_SIMPLE;
      if (key.plain && key.text === '<<') throw NOT_SIMPLE;
      this.at += 1;
      if (this.character() !== SPACE) throw NOT_SIMPLE;
      this.skipSpaces();
      entries.push({ key, value: this.#value(true) });
    }
    this.at += 1;
    this.leave();
    return { kind: 'map', source: this.#source, start, end: this.at, entries };
  }

  #flowList(): YamlNode {
    this.enter();
    const start = this.at;
    const items: YamlNode[] = [];
    for (this.#flowStart(); this.character() !== LIST_END; this.#flowNext(LIST_END))
      items.push(this.#value(true));
    this.at += 1;
    this.leave();
    return { kind: 'list', source: this.#source, start, end: this.at, items };
  }

  #flowStart(): void {
    this.at += 1;
    this.skipSpaces();
  }

  /** Past the comma to the next item, or to the end of the list. */
  #flowNext(closing: number): void {
    this.skipSpaces();
    if (this.character() === closing) return;
    if (this.character() !== COMMA) throw NOT_SIMPLE;
    this.at += 1;
    this.skipSpaces();
    if (this.character() === COMMA) throw NOT_SIMPLE;
  }

  #plain(flow: boolean): YamlScalar {
    const start = this.at;
    const end = this.#plainEnd(flow);
    this.at = end;
    let last = end;
    while (last > start && this.character(last - 1) === SPACE) last -= 1;
    if (last === start) throw NOT_SIMPLE;
    // A comment needs a space before it; the spaces stay for whoever ends the line to see.
    if (this.character() !== COLON) this.at = last;
    else if (last !== end) throw NOT_SIMPLE;
    return this.scalar(start, last, this.#text.slice(start, last), true);
  }

  /** Where a plain scalar ends: at a colon that ends a key, at a comment, at the end of the line, in flow at `,[]{}`. */
  #plainEnd(flow: boolean): number {
    let at = this.at;
    const first = this.character();
    const second = this.character(at + 1);
    if (INDICATORS.has(first)) throw NOT_SIMPLE;
    if (first === DASH || first === QUESTION || first === COLON) {
      if (second === SPACE || second === NEWLINE || second === RETURN) throw NOT_SIMPLE;
      if (flow && !(first === DASH && isDigit(second))) throw NOT_SIMPLE;
    }
    for (; at < this.end; at++) {
      const character = this.#text.charCodeAt(at);
      if (character === NEWLINE) return at;
      if (character === TAB) throw NOT_SIMPLE;
      if (character === RETURN) {
        if (this.character(at + 1) !== NEWLINE) throw NOT_SIMPLE;
        return at;
      }
      if (character === HASH && at > this.at && this.#text.charCodeAt(at - 1) === SPACE) {
        if (flow) throw NOT_SIMPLE;
        return at;
      }
      if (character === COLON) {
        const next = this.character(at + 1);
        if (next === SPACE || next === NEWLINE || next === RETURN) return at;
        if (flow && (next === COMMA || isBracket(next))) throw NOT_SIMPLE;
      }
      if (flow && (character === COMMA || isBracket(character))) return at;
    }
    return at;
  }

  /** A scalar in quotes on one line, with no escapes but `''`, `\"`, `\\`. */
  #quoted(): YamlScalar {
    const start = this.at;
    const quote = this.character();
    let text = '';
    let from = start + 1;
    for (let at = from; at < this.end; at++) {
      const character = this.#text.charCodeAt(at);
      if (character === NEWLINE || character === RETURN || character === TAB) throw NOT_SIMPLE;
      const escaped = quote === QUOTE && character === BACKSLASH;
      if (escaped || (character === quote && quote === APOSTROPHE && this.character(at + 1) === APOSTROPHE)) {
        const next = this.character(at + 1);
        if (escaped && next !== QUOTE && next !== BACKSLASH) throw NOT_SIMPLE;
        text += this.#text.slice(from, at) + String.fromCharCode(next);
        at += 1;
        from = at + 1;
      } else if (character === quote) {
        this.at = at + 1;
        return this.scalar(start, this.at, text + this.#text.slice(from, at), false);
      }
    }
    throw NOT_SIMPLE;
  }
}

/** Whether a map has a key. */
export function hasKey(entries: readonly YamlEntry[], key: string): boolean {
  for (const entry of entries) if (entry.key.text === key) return true;
  return false;
}

function isDigit(character: number): boolean {
  return character >= 0x30 && character <= 0x39;
}

function isBracket(character: number): boolean {
  return character === LIST || character === LIST_END || character === MAP || character === MAP_END;
}
