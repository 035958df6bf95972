import type { Diagnostics } from './diagnostics.js';
import { namesHint } from './suggest.js';
import type { YamlDocument } from './yaml-source.js';

/**
 * Checks what names what within a service: members of pools, pools of rules, fallbacks, lines, what is never used. Works on
 * the document as written, so that a wrong weight elsewhere does not hide a wrong name.
 * @param lines names that the networks files give; undefined: lines are not checked
 */
export function checkServiceReferences(
  document: YamlDocument,
  lines: ReadonlySet<string> | undefined,
  diagnostics: Diagnostics,
): void {
  const root = asMap(document.value);
  const check = new ReferenceCheck(document, diagnostics, root);
  check.members();
  check.fallbacks();
  check.rules(lines);
  check.whenAllDown();
  check.checks();
  check.unused();
}

/** Words of `when_all_down`, so no names of pools. */
const RESERVED = ['all', 'none'];

/** The pool of every member that a service without `pools:` has. */
export const DEFAULT_POOL = 'all';

type Path = readonly PropertyKey[];

class ReferenceCheck {
  readonly #document: YamlDocument;
  readonly #diagnostics: Diagnostics;
  readonly #root: Readonly<Record<string, unknown>>;
  readonly #members: Readonly<Record<string, unknown>>;
  readonly #pools: Readonly<Record<string, unknown>>;
  readonly #poolNames: readonly string[];
  readonly #usedPools = new Set<string>();
  readonly #usedMembers = new Set<string>();

  constructor(document: YamlDocument, diagnostics: Diagnostics, root: Readonly<Record<string, unknown>>) {
    this.#document = document;
    this.#diagnostics = diagnostics;
    this.#root = root;
    this.#members = asMap(root.members);
    this.#pools = asMap(root.pools);
    this.#poolNames = root.pools === undefined ? [DEFAULT_POOL] : Object.keys(this.#pools);
  }

  members(): void {
    for (const [name, member] of Object.entries(this.#members)) this.#endpoints(name, asMap(member));
    for (const [pool, value] of Object.entries(this.#pools)) {
      const path = ['pools', pool, 'members'];
      if (RESERVED.includes(pool)) {
        this.#error(
          ['pools', pool],
          `a pool must not be named ${pool}: it is a word of when_all_down`,
          undefined,
          'key',
        );
      }
      const seen = new Set<string>();
      for (const [i, entry] of asList(asMap(value).members).entries()) {
        const name = typeof entry === 'string' ? entry : asMap(entry).member;
        const at = typeof entry === 'string' ? [...path, i] : [...path, i, 'member'];
        if (typeof name !== 'string') continue;
        if (!Object.hasOwn(this.#members, name)) {
          this.#unknown('member', name, at, Object.keys(this.#members));
        } else if (seen.has(name)) this.#error(at, `${name} is in the pool twice`);
        seen.add(name);
        this.#usedMembers.add(name);
      }
    }
  }

  /** A pool and where its chain of fallbacks comes back to it. */
  fallbacks(): void {
    const known = new Set<string>();
    for (const pool of this.#poolNames) {
      const fallback = this.#fallbackOf(pool);
      if (fallback === undefined) continue;
      const at = ['pools', pool, 'fallback'];
      this.#pool(fallback, at);
      const chain = [pool];
      let next: string | undefined = fallback;
      while (next !== undefined && !chain.includes(next)) {
        chain.push(next);
        next = this.#fallbackOf(next);
      }
      // Said once a circle, at the pool of it that comes first.
      if (next === pool && !known.has(pool)) {
        this.#error(at, `fallbacks go in a circle: ${[...chain, pool].join(' → ')}`);
        for (const name of chain) known.add(name);
      }
    }
  }

  rules(lines: ReadonlySet<string> | undefined): void {
    const rules = asList(this.#root.rules);
    for (const [i, value] of rules.entries()) {
      const rule = asMap(value);
      if (typeof rule.pool === 'string') this.#pool(rule.pool, ['rules', i, 'pool']);
      if (lines !== undefined) this.#lines(rule.lines, ['rules', i, 'lines'], lines);
      const last = i === rules.length - 1;
      const conditions = CONDITIONS.filter((key) => rule[key] !== undefined);
      if (last && conditions.length > 0) {
        this.#error(
          ['rules', i],
          `the last rule must match everyone but has ${conditions.join(' and ')}`,
          'end with a rule without conditions: - {pool: …}',
        );
      }
      if (
        !last &&
        conditions.length === 0 &&
        typeof rule.pool === 'string' &&
        Object.keys(rule).length === 1
      ) {
        this.#warning(['rules', i + 1], 'this rule is never reached: the one before it matches everyone');
      }
    }
    const first = this.#poolNames[0];
    if (this.#root.rules === undefined && first !== undefined) this.#usedPools.add(first);
  }

  whenAllDown(): void {
    const word = asMap(this.#root.answers).when_all_down;
    if (typeof word === 'string' && !RESERVED.includes(word)) {
      this.#pool(word, ['answers', 'when_all_down'], RESERVED);
    }
  }

  checks(): void {
    const owners: (readonly [Readonly<Record<string, unknown>>, Path])[] = [[this.#root, []]];
    for (const [name, member] of Object.entries(this.#members))
      owners.push([asMap(member), ['members', name]]);
    for (const [owner, at] of owners) {
      if (owner.check !== undefined && owner.checks !== undefined) {
        this.#error([...at, 'checks'], 'give check: or checks:, not both', undefined, 'key');
      }
      this.#check(owner.check, [...at, 'check']);
      for (const [i, check] of asList(owner.checks).entries()) this.#check(check, [...at, 'checks', i]);
    }
  }

  unused(): void {
    if (this.#root.pools === undefined) return;
    for (const pool of this.#poolNames) {
      if (!this.#usedPools.has(pool)) {
        this.#warning(
          ['pools', pool],
          `pool ${pool} is never used: no rule, fallback or when_all_down names it`,
        );
      }
    }
    for (const member of Object.keys(this.#members)) {
      if (!this.#usedMembers.has(member)) {
        this.#warning(['members', member], `member ${member} is in no pool`);
      }
    }
  }

  #endpoints(name: string, member: Readonly<Record<string, unknown>>): void {
    const { addresses, host } = member;
    const at = ['members', name];
    if (addresses !== undefined && host !== undefined) {
      this.#error([...at, 'host'], `${name} must have addresses or a host, not both`, undefined, 'key');
    }
    if (addresses === undefined && host === undefined && member !== NOTHING) {
      this.#error(
        at,
        `${name} must have addresses or a host`,
        'addresses: [192.0.2.1] or host: www.example.net.',
        'key',
      );
    }
    const seen = new Set<unknown>();
    for (const [i, address] of asList(addresses).entries()) {
      if (seen.has(address)) this.#error([...at, 'addresses', i], `${String(address)} is given twice`);
      seen.add(address);
    }
  }

  /** Keys of a tcp check that only a request has. */
  #check(value: unknown, at: Path): void {
    const check = asMap(value);
    if (check.type !== 'tcp') return;
    for (const key of REQUEST_KEYS.filter((name) => check[name] !== undefined)) {
      this.#warning([...at, key], `${key} has no meaning in a tcp check`);
    }
  }

  #fallbackOf(pool: string): string | undefined {
    const fallback = Object.hasOwn(this.#pools, pool) ? asMap(this.#pools[pool]).fallback : undefined;
    return typeof fallback === 'string' ? fallback : undefined;
  }

  #pool(name: string, at: Path, more: readonly string[] = []): void {
    this.#usedPools.add(name);
    if (!this.#poolNames.includes(name)) this.#unknown('pool', name, at, [...this.#poolNames, ...more]);
  }

  #lines(value: unknown, at: Path, lines: ReadonlySet<string>): void {
    for (const [i, line] of (Array.isArray(value) ? value : [value]).entries()) {
      if (typeof line !== 'string' || lines.has(line)) continue;
      const path = Array.isArray(value) ? [...at, i] : at;
      const hint =
        lines.size === 0 ? 'networks files give lines; there is none' : namesHint('line', line, lines);
      this.#error(path, `there is no line ${JSON.stringify(line)}`, hint);
    }
  }

  #unknown(kind: string, name: string, at: Path, candidates: readonly string[]): void {
    this.#error(at, `there is no ${kind} ${JSON.stringify(name)}`, namesHint(kind, name, candidates));
  }

  #error(path: Path, message: string, hint?: string, part: 'key' | 'value' = 'value'): void {
    const [start, end] = this.#document.locate(path, part);
    this.#diagnostics.error(this.#document.source, start, end, message, hint);
  }

  #warning(path: Path, message: string): void {
    const [start, end] = this.#document.locate(path, 'key');
    this.#diagnostics.warning(this.#document.source, start, end, message);
  }
}

const REQUEST_KEYS = ['path', 'host', 'method', 'headers', 'expect'];

const CONDITIONS = ['subnets', 'lines', 'asns', 'geos'];

function asMap(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : NOTHING;
}

const NOTHING: Readonly<Record<string, unknown>> = Object.freeze(
  Object.create(null) as Record<string, unknown>,
);

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
