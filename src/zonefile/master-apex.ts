import { basename } from 'node:path';
import type { SourceFile } from '../config/diagnostics.js';
import { NameError, parseName, ROOT_NAME } from '../wire/name.js';
import { MasterLexer } from './master-lexer.js';

/**
 * Finds the apex of a master file that nobody named: the owner of its SOA when that is absolute, or relative to a $ORIGIN that
 * is; else what the file's name says: `example.com.zone`, `db.example.com`, `example.com`.
 * @returns undefined when neither says it
 */
export function findApex(source: SourceFile): Uint8Array | undefined {
  try {
    return ownerOfSoa(source) ?? nameOfFile(source);
  } catch (error) {
    if (error instanceof NameError) return undefined;
    throw error;
  }
}

/** Entries to look at: a SOA is the first record of a zone. */
const MAX_ENTRIES = 100;

function ownerOfSoa({ text }: SourceFile): Uint8Array | undefined {
  const lexer = new MasterLexer(text);
  let origin: Uint8Array | undefined;
  for (let i = 0; i < MAX_ENTRIES; i++) {
    const entry = lexer.next();
    if (entry === undefined || 'message' in entry) return undefined;
    const [first, second] = entry.tokens;
    if (first?.text.toUpperCase() === '$ORIGIN' && second !== undefined) {
      origin = resolve(second.text, origin);
    } else if (entry.tokens.slice(entry.indented ? 0 : 1, 4).some(({ text: word }) => /^SOA$/i.test(word))) {
      return entry.indented || first === undefined ? undefined : resolve(first.text, origin);
    }
  }
  return undefined;
}

/** @returns undefined for a relative name without an origin */
function resolve(text: string, origin: Uint8Array | undefined): Uint8Array | undefined {
  const isAbsolute = text === '.' || /(^|[^\\])(\\\\)*\.$/.test(text);
  return isAbsolute || origin !== undefined ? parseName(text, origin ?? ROOT_NAME) : undefined;
}

function nameOfFile({ path }: SourceFile): Uint8Array | undefined {
  const name = basename(path)
    .replace(/^(db|pri|master|zone|named)\./i, '')
    .replace(/\.(zone|db|hosts|txt|dns|conf|bind)$/i, '')
    .replace(/\.$/, '');
  return /^[\w-]+(\.[\w-]+)+$/.test(name) ? parseName(name) : undefined;
}
