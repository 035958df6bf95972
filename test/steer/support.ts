import fc from 'fast-check';
import { formatAddress, parseAddress } from '../../src/config/address.js';
import type { Client } from '../../src/geo/client.js';
import { compilePlaces } from '../../src/geo/compile-places.js';
import type { NetworkSpec } from '../../src/geo/network-spec.js';
import { Health, MemberStates, Override, STEADY } from '../../src/state/member-states.js';
import { Choice, type Circumstances, Decision, decide, Want } from '../../src/steer/decide.js';
import { type CompileContext, compileService, type Service } from '../../src/steer/service.js';
import type {
  AnswersSpec,
  MatchSpec,
  MemberSpec,
  PoolMemberSpec,
  SchedulerName,
  ServiceSpec,
} from '../../src/steer/spec.js';
import { Trace } from '../../src/steer/trace.js';
import { parseName } from '../../src/wire/name.js';
import { client } from '../geo/support.js';

const where = { file: 'services/test.yaml', line: 1, column: 1 };

/** A member's fields; without addresses and host it has one IPv4 and one IPv6 address of its own. */
interface WrittenMember {
  readonly addresses?: readonly string[];
  readonly host?: string;
  readonly place?: string;
  readonly coordinates?: readonly [number, number];
  readonly url?: string;
}

interface WrittenPool {
  /** Member → weight, or weight and status. */
  readonly members: Readonly<Record<string, number | { weight: number; status: PoolMemberSpec['status'] }>>;
  readonly scheduler?: SchedulerName;
  readonly fallback?: string;
}

export interface Written {
  readonly name?: string;
  /** Members of pools that are not here are made up. */
  readonly members?: Readonly<Record<string, WrittenMember>>;
  readonly pools: Readonly<Record<string, WrittenPool>>;
  /** Pool and matches; without them everyone goes to the first pool. */
  readonly rules?: readonly { readonly pool: string; readonly matches: readonly MatchSpec[] }[];
  readonly answers?: Partial<AnswersSpec>;
}

export function specOf(written: Written): ServiceSpec {
  const pools = Object.entries(written.pools).map(([name, pool]) => ({
    name,
    members: Object.entries(pool.members).map(([member, as]): PoolMemberSpec => {
      return typeof as === 'number' ? { member, weight: as, status: 'obey' } : { member, ...as };
    }),
    scheduler: pool.scheduler ?? 'wrr',
    ...(pool.fallback === undefined ? {} : { fallback: pool.fallback }),
  }));
  const names = new Set([
    ...Object.keys(written.members ?? {}),
    ...pools.flatMap((pool) => pool.members.map(({ member }) => member)),
  ]);
  return {
    name: written.name ?? 'test',
    members: [...names].map((name, index) => memberSpec(name, index, written.members?.[name])),
    pools,
    rules: written.rules ?? [{ pool: pools[0]?.name ?? '', matches: [{}] }],
    answers: { ttl: { min: 5, max: 60 }, whenAllDown: 'all', ...written.answers },
    where,
  };
}

function memberSpec(name: string, index: number, written: WrittenMember = {}): MemberSpec {
  const { host, addresses, ...rest } = written;
  const made = [`192.0.2.${index}`, `2001:db8::${index.toString(16)}`];
  const texts = addresses ?? (host === undefined ? made : []);
  return {
    name,
    addresses: texts.map((text) => parseAddress(text) ?? new Uint8Array(4)),
    ...(host === undefined ? {} : { host: parseName(host) }),
    weight: 1,
    checks: [],
    where,
    ...rest,
  };
}

/** A decision in words. */
export interface Outcome {
  readonly choice: keyof typeof Choice;
  /** Members of the endpoints, as often as they have one. */
  readonly members: readonly string[];
  readonly addresses: readonly string[];
  readonly pool: string;
  readonly ttl: number;
  readonly scopeBits: number;
  readonly lastResort: boolean;
}

/** A compiled service with the states of its members, whose decisions can be asked for. */
export class Stage {
  readonly states = new MemberStates(8192);
  readonly context: CompileContext;
  readonly service: Service;
  readonly circumstances: Circumstances;

  constructor(written: Written, networks: readonly NetworkSpec[] = []) {
    const places = compilePlaces([], networks);
    this.context = { places, states: this.states, ruleTables: new Map(), turnWords: 0 };
    this.service = compileService(specOf(written), this.context);
    this.circumstances = {
      states: this.states,
      turns: new Int32Array(this.context.turnWords),
      random: () => 0,
    };
    for (const { name } of this.service.spec.members) this.health(name, Health.UP);
  }

  health(member: string, health: Health, steadyMs = STEADY): void {
    this.states.setHealth(this.#slot(member), health, steadyMs);
  }

  down(...members: string[]): void {
    for (const member of members) this.health(member, Health.DOWN);
  }

  up(...members: string[]): void {
    for (const member of members) this.health(member, Health.UP);
  }

  override(member: string, override: Override): void {
    this.states.setOverride(this.#slot(member), override);
  }

  drain(...members: string[]): void {
    for (const member of members) this.override(member, Override.DRAIN);
  }

  decide(from: string | Client = '198.51.100.1', want: Want = Want.A): Outcome {
    const decision = new Decision();
    decide(this.service, typeof from === 'string' ? client(from) : from, want, this.circumstances, decision);
    return this.#inWords(decision, want);
  }

  trace(from: string | Client = '198.51.100.1', want: Want = Want.A): Trace {
    const trace = new Trace(this.service);
    const asking = typeof from === 'string' ? client(from) : from;
    decide(this.service, asking, want, this.circumstances, new Decision(), trace);
    return trace;
  }

  /** The first member of a decision; '' when there is none. */
  pick(from?: string | Client, want?: Want): string {
    return this.decide(from, want).members[0] ?? '';
  }

  /** The first member of each of so many decisions. */
  picks(count: number, from?: string | Client, want?: Want): string[] {
    return Array.from({ length: count }, () => this.pick(from, want));
  }

  #slot(member: string): number {
    return this.states.slotOf(`${this.service.spec.name}/${member}`);
  }

  #inWords(decision: Decision, want: Want): Outcome {
    const { service } = this;
    const chosen = [...decision.members.subarray(0, decision.count)];
    const octets = want === Want.A ? service.v4 : service.v6;
    const size = want === Want.A ? 4 : 16;
    const endpoints =
      decision.choice === Choice.ADDRESSES ? decision.endpoints.subarray(0, decision.count) : [];
    return {
      choice: (Object.keys(Choice) as (keyof typeof Choice)[])[decision.choice] ?? 'NONE',
      members: chosen.map((member) => service.spec.members[member]?.name ?? '?'),
      addresses: Array.from(endpoints, (at) => formatAddress(octets.slice(at * size, (at + 1) * size))),
      pool: service.spec.pools[decision.pool]?.name ?? '?',
      ttl: decision.ttl,
      scopeBits: decision.scopeBits,
      lastResort: decision.lastResort,
    };
  }
}

/** How often each is there. */
export function tally(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** A client of its own in each hashed network: the `index`th /24. */
export function networkClient(index: number): Client {
  return client(`${10 + (index >>> 16)}.${(index >>> 8) & 255}.${index & 255}.7`);
}

/** Weights of 2 to 6 members `m0`, `m1`, …; Σw stays small enough to go round often. */
export const weightsArbitrary = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 2, maxLength: 6 });

/** One pool of members `m0`, `m1`, … with these weights. */
export function stageOf(scheduler: SchedulerName, weights: readonly number[], count?: number): Stage {
  const members = Object.fromEntries(weights.map((weight, i) => [`m${i}`, weight]));
  return new Stage({
    pools: { main: { scheduler, members } },
    answers: count === undefined ? {} : { count },
  });
}
