import { formatAddress } from '../config/address.js';
import type { MemberSpec, PoolMemberSpec, PoolSpec, ServiceSpec } from '../steer/spec.js';
import { formatName } from '../wire/name.js';
import type { YamlMap, YamlNode } from '../yaml/yaml-node.js';
import { readHealthcheck } from './octodns-healthcheck.js';
import { readValue, type ValueType } from './octodns-values.js';
import { type RecordContext, whereOf } from './zone-load.js';

/** What `dynamic` and `geo` are compiled from. */
export interface SteeredRecord {
  readonly context: RecordContext;
  readonly type: ValueType;
  readonly record: YamlMap;
  readonly octodns: YamlMap | undefined;
  /** The record's own values: octoDNS's last resort. */
  readonly values: readonly YamlNode[];
}

/** The members of a service: one for each distinct value. */
export class Members {
  readonly #steered: SteeredRecord;
  readonly #specs = new Map<string, MemberSpec>();
  /** Names of members that some pool wants checked. */
  readonly #obeying = new Set<string>();

  constructor(steered: SteeredRecord) {
    this.#steered = steered;
  }

  /** @returns the value's place in a pool, none after an error */
  add(node: YamlNode, weight: number, status: PoolMemberSpec['status']): PoolMemberSpec[] {
    const { context, type } = this.#steered;
    const rdata = readValue(context, node, type);
    if (rdata === undefined) return [];
    const isHost = type.name === 'CNAME';
    const member = isHost ? formatName(rdata) : formatAddress(rdata);
    if (status === 'obey') this.#obeying.add(member);
    if (!this.#specs.has(member)) {
      this.#specs.set(member, {
        name: member,
        addresses: isHost ? [] : [rdata],
        ...(isHost ? { host: rdata } : {}),
        weight: 1,
        checks: [],
        where: whereOf(node),
      });
    }
    return [{ member, weight, status }];
  }

  service(
    pools: readonly PoolSpec[],
    rules: ServiceSpec['rules'] | undefined,
    lastResort: string,
  ): ServiceSpec | undefined {
    const { context, type, record, octodns } = this.#steered;
    const checks = readHealthcheck(context, octodns);
    if (rules === undefined) return undefined;
    return {
      name: `${formatName(context.owner)}/${type.name}`,
      members: Array.from(this.#specs.values(), (member) =>
        this.#obeying.has(member.name) ? { ...member, checks } : member,
      ),
      pools,
      rules,
      answers: { ttl: { min: context.ttl, max: context.ttl }, whenAllDown: { pool: lastResort } },
      where: whereOf(record),
    };
  }
}

export function lastResortPool(
  steered: SteeredRecord,
  pools: readonly PoolSpec[],
  members: Members,
): PoolSpec {
  let name = 'values';
  while (pools.some((pool) => pool.name === name)) name = `${name}_`;
  return { name, members: steered.values.flatMap((node) => members.add(node, 1, 'up')), scheduler: 'all' };
}
