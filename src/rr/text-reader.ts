import { RdataError, shown } from './rdata-error.js';

/** A word of presentation format (RFC 1035 §5.1), escapes in it as written. */
export interface Token {
  readonly text: string;
  /** True when it stood in quotes, which {@link text} is without. */
  readonly quoted: boolean;
}

/**
 * Reads RDATA in presentation format word by word: blanks separate, `"…"` keeps them, `\X` and `\DDD` escape, parentheses
 * only join lines, `;` starts a comment.
 */
export class TextReader {
  readonly #tokens: readonly Token[];
  #at: number;

  /**
   * @param text or the words of one
   * @param from the first word to read
   * @throws RdataError for quotes or parentheses that do not match
   */
  constructor(text: string | readonly Token[], from = 0) {
    this.#tokens = typeof text === 'string' ? tokenize(text) : text;
    this.#at = from;
  }

  get left(): number {
    return this.#tokens.length - this.#at;
  }

  /** The next word's number. */
  get at(): number {
    return this.#at;
  }

  /** @throws RdataError when there is none */
  next(): Token {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new RdataError('is missing');
    this.#at += 1;
    return token;
  }

  peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  rest(): readonly Token[] {
    const rest = this.#tokens.slice(this.#at);
    this.#at = this.#tokens.length;
    return rest;
  }
}

/**
 * The octets that a word stands for, `\X` and `\DDD` resolved, other characters in UTF-8.
 * @throws RdataError
 */
export function unescapeText(text: string): Uint8Array {
  if (!text.includes('\\')) return encoder.encode(text);
  const out: number[] = [];
  const source = encoder.encode(text);
  for (let at = 0; at < source.length; at++) {
    const octet = source[at] as number;
    if (octet !== BACKSLASH) {
      out.push(octet);
      continue;
    }
    const digits = /^\d{3}/.exec(decoder.decode(source.subarray(at + 1, at + 4)))?.[0];
    if (digits !== undefined) {
      if (Number(digits) > 255) throw new RdataError(`has \\${digits}, which is more than 255`);
      out.push(Number(digits));
      at += 3;
    } else {
      const escaped = source[at + 1];
      if (escaped === undefined) throw new RdataError('ends with a lone backslash');
      out.push(escaped);
      at += 1;
    }
  }
  return Uint8Array.from(out);
}

/** Octets as the inside of a quoted word: `"` and `\` escaped, what is not printable ASCII as `\DDD`. */
export function escapeText(octets: Uint8Array): string {
  let text = '';
  for (const octet of octets) {
    if (octet === BACKSLASH || octet === QUOTE) text += `\\${String.fromCharCode(octet)}`;
    else if (octet >= 0x20 && octet < 0x7f) text += String.fromCharCode(octet);
    else text += `\\${String(octet).padStart(3, '0')}`;
  }
  return text;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('latin1');
const BACKSLASH = 0x5c;
const QUOTE = 0x22;

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let depth = 0;
  let at = 0;
  while (at < text.length) {
    const character = text[at] as string;
    if (/\s/.test(character)) at += 1;
    else if (character === ';') at = lineEnd(text, at);
    else if (character === '(' || character === ')') {
      depth += character === '(' ? 1 : -1;
      if (depth < 0) throw new RdataError('has a ")" without a "("');
      at += 1;
    } else if (character === '"') {
      const end = closingQuote(text, at);
      tokens.push({ text: text.slice(at + 1, end), quoted: true });
      at = end + 1;
    } else {
      const end = wordEnd(text, at);
      tokens.push({ text: text.slice(at, end), quoted: false });
      at = end;
    }
  }
  if (depth > 0) throw new RdataError('has a "(" without a ")"');
  return tokens;
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

function closingQuote(text: string, at: number): number {
  for (let end = at + 1; end < text.length; end++) {
    if (text[end] === '\\') end += 1;
    else if (text[end] === '"') return end;
  }
  throw new RdataError(`has no closing quote: ${shown(text.slice(at))}`);
}

/** A word may hold quotes after a "=", as in SvcParams: `alpn="h2,h3"` (RFC 9460 §2.1). Other quotes begin a word. */
function wordEnd(text: string, at: number): number {
  let end = at;
  for (; end < text.length; end++) {
    const character = text[end] as string;
    if (character === '\\') end += 1;
    else if (character === '"') {
      if (text[end - 1] !== '=') break;
      end = closingQuote(text, end);
    } else if (/[\s;()]/.test(character)) break;
  }
  return Math.min(end, text.length);
}
