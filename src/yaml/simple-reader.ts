import type { SourceFile } from '../config/diagnostics.js';
import { hasKey, LineReader, NOT_SIMPLE } from './line-reader.js';
import type { YamlEntry, YamlMap, YamlNode } from './yaml-node.js';

/**
 * Reads entries of a file's top-level map that are written as nearly all are: block maps and lists by spaces, scalars on one
 * line, flow maps and lists on one line. The YAML library reads anything but takes 90 µs an entry, ten seconds for a zone of
 * 100,000; this takes one.
 */
export class SimpleReader {
  readonly #source: SourceFile;
  readonly #line: LineReader;
  /** Of the line that is read, when its first character that is no space is the next; -1 at the end. */
  #indent = 0;

  constructor(source: SourceFile) {
    this.#source = source;
    this.#line = new LineReader(source);
  }

  /**
   * @param start of a line, with the key in its first column
   * @param end past the entry's last line
   * @returns undefined when there is anything else in it, right or wrong: the library is to read it
   */
  entry(start: number, end: number): YamlEntry | undefined {
    this.#line.begin(start, end);
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
    if (this.#line.at < this.#line.end) throw NOT_SIMPLE;
    return map;
  }

  /** From the start of a line to the next character that is neither blank nor comment. */
  #toContent(): void {
    const line = this.#line;
    while (line.at < line.end) {
      const lineStart = line.at;
      line.skipSpaces();
      if (line.isTab()) throw NOT_SIMPLE;
      if (line.isComment() || line.isLineEnd()) line.nextLine();
      else {
        this.#indent = line.at - lineStart;
        return;
      }
    }
    this.#indent = -1;
  }

  /** Past what may follow a value on its line, and on to the next content. */
  #finishLine(): void {
    const line = this.#line;
    const valueEnd = line.at;
    line.skipSpaces();
    const comment = line.isComment() && line.at > valueEnd;
    if (!comment && !line.isLineEnd()) throw NOT_SIMPLE;
    line.nextLine();
    this.#toContent();
  }

  /** A block map whose keys stand `indent` columns in; the first one is next. */
  #blockMap(indent: number): YamlMap {
    const line = this.#line;
    line.enter();
    const entries: YamlEntry[] = [];
    const start = line.at;
    let end = start;
    do {
      const key = line.key();
      if (hasKey(entries, key.text)) throw NOT_SIMPLE;
      const value = this.#entryValue(indent);
      entries.push({ key, value });
      end = value.end;
    } while (this.#indent === indent && !line.isItem());
    if (this.#indent > indent) throw NOT_SIMPLE;
    line.leave();
    return { kind: 'map', source: this.#source, start, end, entries };
  }

  /** What stands after a key and its colon. */
  #entryValue(indent: number): YamlNode {
    const line = this.#line;
    const { at } = line;
    line.skipSpaces();
    if (!line.isLineEnd() && !(line.isComment() && line.at > at)) return this.#lineValue();
    const empty = line.at;
    line.nextLine();
    this.#toContent();
    if (this.#indent >= indent && line.isItem()) return this.#blockList(this.#indent);
    if (this.#indent > indent) return this.#blockMap(this.#indent);
    return line.scalar(empty, empty, '', true);
  }

  #lineValue(): YamlNode {
    const value = this.#line.inline();
    this.#finishLine();
    return value;
  }

  #blockList(indent: number): YamlNode {
    const line = this.#line;
    line.enter();
    const items: YamlNode[] = [];
    const start = line.at;
    let end = start;
    while (this.#indent === indent && line.isItem()) {
      const dash = line.at;
      line.at += 1;
      line.skipSpaces();
      if (line.isLineEnd() || line.isItem()) throw NOT_SIMPLE;
      const column = indent + line.at - dash;
      const item = line.startsWithKey() ? this.#blockMap(column) : this.#lineValue();
      items.push(item);
      end = item.end;
    }
    if (this.#indent > indent) throw NOT_SIMPLE;
    line.leave();
    return { kind: 'list', source: this.#source, start, end, items };
  }
}
