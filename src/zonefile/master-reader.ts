import type { SourceFile } from '../config/diagnostics.js';
import { didYouMean } from '../config/suggest.js';
import type { ReadName } from '../rr/field.js';
import { shown } from '../rr/rdata-error.js';
import { TextReader } from '../rr/text-reader.js';
import { formatName, isAtOrBelow, parseName, ROOT_NAME, sameName } from '../wire/name.js';
import type { Placed } from '../yaml/yaml-node.js';
import { CLASS, MasterDataReader } from './master-data.js';
import { MasterErrors, type Span } from './master-errors.js';
import { countOf, expandTemplate, parseRange } from './master-generate.js';
import { type MasterComment, type MasterEntry, MasterLexer, type MasterToken } from './master-lexer.js';
import { reportWarning, type ZoneLoad } from './zone-load.js';
import { readPlainName } from './zone-names.js';

/** One RR of a master file. */
export interface MasterRecord extends Placed {
  /** Absolute, in wire form. The same array for RRs of one owner in a row. */
  readonly owner: Uint8Array;
  readonly type: number;
  /** Seconds. */
  readonly ttl: number;
  readonly rdata: Uint8Array;
  /** Lines of comments before it. */
  readonly before: readonly string[];
  /** Comments at the ends of its lines; `after` counts the words of its RDATA, and is negative before them. */
  readonly comments: readonly MasterComment[];
}

/** Reads the file that an $INCLUDE of `from` names, or says what is wrong with it. */
export type ReadMasterInclude = (path: string, from: SourceFile) => SourceFile | string;

/**
 * Reads the RRs of a master file and of those that it includes (RFC 1035 §5, with $TTL of RFC 2308 §4, unknown types of
 * RFC 3597 §5, $GENERATE and TTL units as BIND has them). What is wrong goes to `load.diagnostics`.
 * @param onRecord called for each, in order
 * @returns the comment lines at the end of the file
 */
export function readMaster(
  load: ZoneLoad,
  source: SourceFile,
  include: ReadMasterInclude,
  onRecord: (record: MasterRecord) => void,
): readonly string[] {
  return new MasterReader(load, include, onRecord).readFile(source, load.apex, []);
}

/** Files that include files that include files … */
const MAX_INCLUDES = 20;
/** Includes of one zone: ten that include ten each, seven deep, would be ten million files. */
const MAX_INCLUDED_FILES = 10_000;
/** RRs of all $GENERATE of a zone: 16 networks of 65,536 addresses. */
const MAX_GENERATED = 2 ** 20;
/** A file that is no master file has an error on each line. */
const MAX_ERRORS = 100;

class MasterReader {
  readonly #load: ZoneLoad;
  readonly #include: ReadMasterInclude;
  readonly #onRecord: (record: MasterRecord) => void;
  readonly #errors: MasterErrors;
  readonly #data: MasterDataReader;
  /** Comment lines before directives, for the record that follows. */
  #pending: string[] = [];
  #generated = 0;
  #included = 0;

  constructor(load: ZoneLoad, include: ReadMasterInclude, onRecord: (record: MasterRecord) => void) {
    this.#load = load;
    this.#include = include;
    this.#onRecord = onRecord;
    this.#errors = new MasterErrors(load);
    this.#data = new MasterDataReader(load, this.#errors);
  }

  readFile(source: SourceFile, origin: Uint8Array, including: readonly SourceFile[]): readonly string[] {
    const lexer = new MasterLexer(source.text);
    const file: FileState = {
      source,
      origin,
      owner: undefined,
      ownerText: '',
      ownerOrigin: origin,
      readName: (text) => readName(text, file.origin),
      including,
    };
    for (let entry = lexer.next(); entry !== undefined; entry = lexer.next()) {
      if (this.#errors.count > MAX_ERRORS) return [];
      if ('message' in entry) this.#errors.report(source, entry, entry.message);
      else this.#readEntry(file, entry);
      if (this.#errors.count === MAX_ERRORS) {
        this.#errors.report(source, entry, `there are ${MAX_ERRORS} errors: the rest is not read`);
      }
    }
    if (source.text !== '' && !source.text.endsWith('\n')) {
      const end = source.text.length;
      const message = 'the file does not end with a newline: it may be cut short';
      reportWarning(this.#load, { source, start: end, end }, message);
    }
    return lexer.trailing;
  }

  #readEntry(file: FileState, entry: MasterEntry): void {
    const [first] = entry.tokens;
    if (first === undefined) return;
    if (!first.quoted && first.text.startsWith('$')) {
      if (entry.before.length > 0) this.#pending.push(...entry.before);
      this.#readDirective(file, entry, first);
    } else this.#readRecord(file, entry, first);
  }

  #readRecord(file: FileState, entry: MasterEntry, first: MasterToken): void {
    const { source } = file;
    if (!entry.indented && !this.#readOwner(file, first, first.text)) {
      // What follows with this owner would be put to the one before.
      file.owner = undefined;
      return;
    }
    if (file.owner !== undefined) this.#addRecord(file, entry, entry.tokens, entry.indented ? 0 : 1, entry);
    else if (file.ownerText === '') {
      const message = 'there is no owner name: the line begins with a blank, and no record is before it';
      this.#errors.report(source, first, message);
    }
  }

  /** @returns false after an error */
  #readOwner(file: FileState, token: MasterToken, text: string): boolean {
    const { source } = file;
    if (token.quoted) return this.#errors.report(source, token, 'an owner name does not stand in quotes');
    if (file.owner !== undefined && text === file.ownerText && file.origin === file.ownerOrigin) return true;
    file.ownerText = text;
    file.ownerOrigin = file.origin;
    const owner = this.#readName(file, token, text);
    if (owner === undefined) return false;
    if (!isAtOrBelow(owner, this.#load.apex)) {
      const message = `${formatName(owner)} is not in the zone ${formatName(this.#load.apex)}`;
      const origin = `names are relative to ${formatName(file.origin)} here`;
      return this.#errors.report(source, token, message, text.endsWith('.') ? undefined : origin);
    }
    // One array for all records of a name in a row, however it was written.
    if (file.owner === undefined || !sameName(file.owner, owner)) file.owner = owner;
    return true;
  }

  /**
   * @param entry undefined for records of a $GENERATE after the first: they have no comments
   * @param at index of the first word after the owner name
   * @returns false after an error
   */
  #addRecord(
    file: FileState,
    entry: MasterEntry | undefined,
    tokens: readonly MasterToken[],
    at: number,
    { start, end }: Span,
  ): boolean {
    const { source } = file;
    const data = this.#data.read(source, tokens, at, { start, end }, file.readName);
    if (data === undefined) return false;
    const { type, ttl, rdata, rdataAt } = data;
    const owner = file.owner as Uint8Array;
    const before = entry === undefined ? NOTHING : this.#commentsBefore(entry);
    const comments =
      entry === undefined || entry.comments.length === 0 ? NOTHING : commentsOf(entry, tokens, rdataAt);
    this.#onRecord({ source, start, end, owner, type, ttl, rdata, before, comments });
    return true;
  }

  #commentsBefore({ before }: MasterEntry): readonly string[] {
    if (this.#pending.length === 0) return before;
    const all = [...this.#pending, ...before];
    this.#pending = [];
    return all;
  }

  #readDirective(file: FileState, entry: MasterEntry, directive: MasterToken): void {
    const { source } = file;
    const name = directive.text.toUpperCase();
    const [, first, second, third] = entry.tokens;
    const form = Object.hasOwn(DIRECTIVES, name) ? DIRECTIVES[name] : undefined;
    if (form === undefined) {
      const known = Object.keys(DIRECTIVES);
      const hint = didYouMean(name, known) ?? `known are ${known.join(', ')}`;
      this.#errors.report(source, directive, `unknown directive ${shown(directive.text)}`, hint);
      return;
    }
    if (first === undefined) {
      this.#errors.report(source, directive, `${name} has nothing after it`, `write ${form}`);
      return;
    }
    const extra = name === '$GENERATE' ? undefined : name === '$INCLUDE' ? third : second;
    if (extra !== undefined) {
      this.#errors.report(source, extra, `${shown(extra.text)} is one word too many`, `write ${form}`);
    } else if (name === '$ORIGIN') file.origin = this.#readName(file, first, first.text) ?? file.origin;
    else if (name === '$TTL') this.#data.setDefaultTtl(source, first);
    else if (name === '$INCLUDE') this.#readInclude(file, first, second);
    else this.#generate(file, entry, form);
  }

  #readInclude(file: FileState, path: MasterToken, originToken: MasterToken | undefined): void {
    const { source } = file;
    const origin =
      originToken === undefined ? file.origin : this.#readName(file, originToken, originToken.text);
    if (origin === undefined) return;
    this.#included += 1;
    if (this.#included > MAX_INCLUDED_FILES) {
      const isFirst = this.#included === MAX_INCLUDED_FILES + 1;
      if (isFirst) this.#errors.report(source, path, `more than ${MAX_INCLUDED_FILES} $INCLUDE`);
      return;
    }
    const found = this.#include(path.text.replace(/\\(.)/g, '$1'), source);
    if (typeof found === 'string') {
      const hint = path.text.startsWith('/')
        ? undefined
        : `paths are relative to the folder of ${source.path}`;
      this.#errors.report(source, path, `${shown(path.text)}: ${found}`, hint);
      return;
    }
    const stack = [...file.including, source];
    if (stack.some((outer) => outer.path === found.path)) {
      const way = [...stack, found].map((outer) => outer.path).join(' → ');
      this.#errors.report(source, path, `the file includes itself: ${way}`);
    } else if (stack.length > MAX_INCLUDES) {
      this.#errors.report(source, path, `more than ${MAX_INCLUDES} files include one another`);
    } else this.#pending.push(...this.readFile(found, origin, stack));
  }

  /** `$GENERATE START-STOP[/STEP] OWNER [TTL] [class] type RDATA` (BIND 9 ARM, "$GENERATE"). */
  #generate(file: FileState, entry: MasterEntry, form: string): void {
    const { source } = file;
    const [, rangeToken, ownerToken, ...rest] = entry.tokens;
    const dataAt = rest.findIndex(({ text }) => !/^\d/.test(text) && !CLASS.test(text)) + 1;
    if (rangeToken === undefined || ownerToken === undefined || dataAt === 0 || dataAt === rest.length) {
      this.#errors.report(source, entry, '$GENERATE is not whole', `write ${form}`);
      return;
    }
    try {
      const range = parseRange(rangeToken.text);
      this.#generated += countOf(range);
      if (this.#generated > MAX_GENERATED) {
        this.#errors.report(source, rangeToken, `$GENERATE makes more than ${MAX_GENERATED} records`);
        return;
      }
      for (let value = range.from; value <= range.to; value += range.step) {
        if (!this.#readOwner(file, ownerToken, expandTemplate(ownerToken.text, value))) return;
        const words = rest.slice(dataAt).flatMap((token) => generatedWords(token, value));
        const first = value === range.from ? entry : undefined;
        if (!this.#addRecord(file, first, [...rest.slice(0, dataAt), ...words], 0, entry)) return;
      }
    } catch (error) {
      this.#errors.reportThrown(source, rangeToken, '$GENERATE', error);
    }
  }

  /** @returns undefined after an error */
  #readName(file: FileState, token: MasterToken, text: string): Uint8Array | undefined {
    try {
      return readName(text, file.origin);
    } catch (error) {
      this.#errors.reportThrown(file.source, token, 'name', error);
      return undefined;
    }
  }
}

/** Where the reading of a file stands. */
interface FileState {
  readonly source: SourceFile;
  origin: Uint8Array;
  /** undefined before the first record, and after an owner name that is wrong. */
  owner: Uint8Array | undefined;
  /** As it was written, relative to {@link ownerOrigin}. */
  ownerText: string;
  ownerOrigin: Uint8Array;
  /** Reads a name relative to {@link origin}. */
  readonly readName: ReadName;
  /** The files whose $INCLUDE led here, outermost first. */
  readonly including: readonly SourceFile[];
}

/** By name: an example of each. */
const DIRECTIVES: Readonly<Record<string, string>> = {
  $ORIGIN: '$ORIGIN example.com.',
  $TTL: '$TTL 1h',
  $INCLUDE: '$INCLUDE FILE [ORIGIN]',
  $GENERATE: '$GENERATE 1-254 host-$ A 192.0.2.$',
};

const NOTHING: readonly never[] = [];

/** @throws NameError */
function readName(text: string, origin: Uint8Array): Uint8Array {
  const plain = text.endsWith('.')
    ? readPlainName(text, text.length - 1, ROOT_NAME)
    : readPlainName(text, text.length, origin);
  return plain ?? parseName(text, origin);
}

function commentsOf(
  entry: MasterEntry,
  tokens: readonly MasterToken[],
  rdataAt: number,
): readonly MasterComment[] {
  // The words of a $GENERATE are others than those of its line.
  const offset = entry.tokens.length - tokens.length + rdataAt;
  return entry.comments.map(({ after, text }) => ({ after: after - offset, text }));
}

/** A quoted template is RDATA of several words, in BIND's way: `MX "10 mail-$"`. */
function generatedWords(token: MasterToken, value: number): MasterToken[] {
  const text = expandTemplate(token.text, value);
  if (!token.quoted) return [{ ...token, text }];
  return new TextReader(text).rest().map((word) => ({ ...token, ...word }));
}
