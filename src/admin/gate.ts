import { timingSafeEqual } from 'node:crypto';
import type { AdminTokenSpec } from '../config/config.js';
import { tokenDigest } from '../config/load-admin.js';
import { mayDo, type Role } from '../config/role.js';
import { readAddressText } from '../server/address-text.js';
import { FailureLimit } from './failure-limit.js';
import { Problem } from './problem.js';

/** Who asks. */
export interface Caller {
  /** The token's name; undefined where none is needed. */
  readonly name?: string;
  readonly role: Role;
  readonly address: string;
}

interface GateOptions {
  /** Those of the configuration that is loaded now. */
  readonly tokens: () => readonly AdminTokenSpec[];
  /** Nobody else's machine reaches the API: without tokens everyone may do everything. */
  readonly loopback: boolean;
  readonly now?: () => number;
  /** Told of a wrong token. */
  readonly onFailure?: (address: string) => void;
}

/** Tells who a client is by its bearer token (RFC 6750), and keeps out those who guess. */
export class Gate {
  readonly #options: GateOptions;
  readonly #failures: FailureLimit;

  constructor(options: GateOptions) {
    this.#options = options;
    this.#failures = new FailureLimit(options.now ?? Date.now);
  }

  /** True when requests need a token. */
  get guarded(): boolean {
    return !this.#options.loopback || this.#options.tokens().length > 0;
  }

  /**
   * @param authorization the field's value
   * @throws Problem 401, or 429 for an address that was wrong too often: then no token is looked at, a right one neither
   */
  admit(address: string, authorization: string | undefined): Caller {
    if (!this.guarded) return { role: 'edit', address };
    const key = limitKey(address);
    const waitSeconds = this.#failures.waitSeconds(key);
    if (waitSeconds > 0) {
      throw new Problem(
        429,
        'too_many_failures',
        `too many wrong tokens came from ${address}`,
        {},
        { 'retry-after': String(waitSeconds) },
      );
    }
    const token = /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) {
      throw unauthorized('no_token', 'a token is needed: Authorization: Bearer TOKEN', REALM);
    }
    const found = this.#find(token);
    if (found !== undefined) return { name: found.name, role: found.role, address };
    this.#failures.count(key);
    this.#options.onFailure?.(address);
    throw unauthorized('wrong_token', 'the token is not known here', `${REALM}, error="invalid_token"`);
  }

  /** Compares with every token, each in constant time, so that the time taken tells nothing. */
  #find(token: string): AdminTokenSpec | undefined {
    const digest = tokenDigest(token);
    let found: AdminTokenSpec | undefined;
    for (const spec of this.#options.tokens()) if (timingSafeEqual(spec.digest, digest)) found = spec;
    return found;
  }
}

/** @throws Problem 403 */
export function requireRole(caller: Caller, needed: Role): void {
  if (mayDo(caller.role, needed)) return;
  throw new Problem(
    403,
    'wrong_role',
    `this takes the role ${needed}, and ${caller.name ?? 'the client'} has ${caller.role}`,
    {},
    { 'www-authenticate': `${REALM}, error="insufficient_scope", scope="${needed}"` },
  );
}

const REALM = 'Bearer realm="steerdns"';

function unauthorized(code: string, detail: string, challenge: string): Problem {
  return new Problem(401, code, detail, {}, { 'www-authenticate': challenge });
}

/** An IPv4 address; of an IPv6 one its first 64 bits, all of which one client may have. */
function limitKey(address: string): string {
  const octets = new Uint8Array(16);
  const family = readAddressText(address, octets);
  return Buffer.from(octets.subarray(0, family === 4 ? 4 : 8)).toString('hex');
}
