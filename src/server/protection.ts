import { randomBytes } from 'node:crypto';
import { SECRET_WORDS } from '../answer/cookies.js';
import { constantTable, nestPrefixes } from '../geo/prefix-builder.js';
import type { Prefix } from '../geo/prefix-table.js';
import { readSipKey } from '../wire/siphash.js';
import type { RrlSetup } from './rrl.js';
import { makeRrlTable, type RrlTable } from './rrl-table.js';
import type { ToThread } from './thread-messages.js';

/** What stands against forged addresses, as it is configured. */
export interface ProtectionSettings {
  /** undefined: responses are not limited. */
  readonly rrl: (Omit<RrlSetup, 'table' | 'allow'> & { readonly allow: readonly Prefix[] }) | undefined;
  /** undefined: no cookies. Secrets of 16 octets, the first makes them; none: random ones, replaced from time to time. */
  readonly cookies: { readonly secrets: readonly Uint8Array[] } | undefined;
}

/**
 * RFC 7873 §7.1 wants secrets replaced after 36 days at the latest, about daily better. 26 hours are Knot DNS's figure: it does
 * not come at the same time each day.
 */
const SECRET_LIFETIME_MS = 26 * 3600 * 1000;

/** The side of protection that the main thread has: what all answering threads share. */
export class Protection {
  #table: RrlTable | undefined;
  /** Random, the current one and the one before, in memory that the threads read. */
  readonly #secrets = new Uint32Array(
    new SharedArrayBuffer(2 * SECRET_WORDS * Uint32Array.BYTES_PER_ELEMENT),
  );
  #timer: NodeJS.Timeout | undefined;

  constructor() {
    this.renewSecret();
    this.renewSecret();
  }

  /** The message that makes a thread protect itself so. Loads and random secrets stay what they are. */
  messageOf({ rrl, cookies }: ProtectionSettings): ToThread {
    return {
      kind: 'protection',
      rrl:
        rrl === undefined ? undefined : { ...rrl, table: this.#sharedTable(), allow: allowTable(rrl.allow) },
      cookieSecrets: cookies === undefined ? undefined : this.#secretsOf(cookies.secrets),
    };
  }

  /** Cookies of the random secret before hold on; those of the one before that do not. */
  renewSecret(): void {
    this.#secrets.copyWithin(SECRET_WORDS, 0, SECRET_WORDS);
    this.#secrets.set(readSipKey(randomBytes(16)));
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #sharedTable(): RrlTable {
    this.#table ??= makeRrlTable();
    return this.#table;
  }

  #secretsOf(secrets: readonly Uint8Array[]): Uint32Array {
    if (secrets.length === 0) {
      this.#timer ??= setInterval(() => this.renewSecret(), SECRET_LIFETIME_MS).unref();
      return this.#secrets;
    }
    return Uint32Array.from(secrets.flatMap((secret) => [...readSipKey(secret)]));
  }
}

function allowTable(prefixes: readonly Prefix[]): RrlSetup['allow'] {
  return prefixes.length === 0 ? constantTable(0) : nestPrefixes(prefixes, () => 1);
}
