import { expect } from 'chai';
import { decode } from 'dns-packet';
import { Answerer, type Protection } from '../../src/answer/answerer.js';
import type { Catalog } from '../../src/answer/catalog.js';
import { Exchange, MAX_MESSAGE_OCTETS, Transport } from '../../src/answer/exchange.js';
import { parseAddress } from '../../src/config/address.js';
import { Diagnostics, formatDiagnostics, SourceFile } from '../../src/config/diagnostics.js';
import { loadService } from '../../src/config/load-services.js';
import { compilePlaces } from '../../src/geo/compile-places.js';
import type { NetworkSpec } from '../../src/geo/network-spec.js';
import { parseRrType } from '../../src/rr/rr-types.js';
import { type BuiltCatalog, buildCatalog } from '../../src/snapshot/build-catalog.js';
import { AliasTable } from '../../src/state/alias-table.js';
import { makeCounters } from '../../src/state/counters.js';
import { MemberStates } from '../../src/state/member-states.js';
import type { Circumstances } from '../../src/steer/decide.js';
import type { ServiceSpec } from '../../src/steer/spec.js';
import { parseName } from '../../src/wire/name.js';
import { loadOctodnsZone } from '../../src/zonefile/octodns.js';
import { buildQuery, clientSubnet, type OptSpec } from '../wire/build-query.js';
import { formatResponse } from './format-response.js';

export interface ScenarioFiles {
  /** Zone YAML by apex. */
  readonly zones: Readonly<Record<string, string>>;
  /** Service YAML by name. */
  readonly services?: Readonly<Record<string, string>>;
  /** Places of address blocks: `{'203.0.113.0/24': 'EU-DE'}`. */
  readonly places?: Readonly<Record<string, string>>;
  readonly identity?: { readonly version?: string; readonly id?: string };
}

/** One row of a scenario table. */
export interface Step {
  /** What must hold; begins with the RFC's section where one says so. */
  readonly it: string;
  /** See {@link Scenario.ask}. */
  readonly ask: string;
  readonly expect: readonly string[];
}

export const NOW = 1_800_000_000;

/** A server without sockets and probes: real loaders, a real catalog, the real answering. */
export class Scenario {
  readonly states = new MemberStates(1024);
  readonly aliases = new AliasTable(64);
  readonly counters = makeCounters();
  /** Seconds since 1970. */
  now = NOW;
  /** What the random source gives, a uint32. */
  random = 0;
  /** Names outside of the zones whose addresses are wanted. */
  readonly aliasTargets: readonly Uint8Array[];
  /** What the files were compiled into. */
  readonly built: BuiltCatalog;
  readonly #answerer: Answerer;
  readonly #exchange = new Exchange();

  constructor(files: ScenarioFiles) {
    this.built = this.#build(files);
    const { catalog, aliasTargets } = this.built;
    this.aliasTargets = aliasTargets;
    this.#answerer = new Answerer({
      catalog,
      circumstances: this.#circumstancesOf(catalog),
      counters: this.counters,
      identity: {
        version: Buffer.from(files.identity?.version ?? ''),
        id: Buffer.from(files.identity?.id ?? ''),
      },
      now: () => this.now,
    });
  }

  /** Answers from other files from the next query on; the states of members stay. */
  reload(files: ScenarioFiles): void {
    const { catalog } = this.#build(files);
    this.#answerer.use(catalog, this.#circumstancesOf(catalog));
  }

  /** Puts limits and cookies before the answering from the next query on. */
  protect(protection: Partial<Protection>): void {
    this.#answerer.protect({ limiter: undefined, cookies: undefined, ...protection });
  }

  #build(files: ScenarioFiles): BuiltCatalog {
    const diagnostics = new Diagnostics();
    const services = new Map<string, ServiceSpec>();
    for (const [name, text] of Object.entries(files.services ?? {})) {
      const service = loadService(name, new SourceFile(`services/${name}.yaml`, text), diagnostics);
      if (service !== undefined) services.set(name, service);
    }
    const zones = Object.entries(files.zones).flatMap(([apex, text]) => {
      const source = new SourceFile(`zones/${apex}yaml`, text);
      return loadOctodnsZone(parseName(apex), [source], diagnostics, () => 'nothing is included here') ?? [];
    });
    if (diagnostics.hasErrors) throw new Error(formatDiagnostics(diagnostics.list, { color: false }));
    const places = compilePlaces([], Object.entries(files.places ?? {}).map(networkOf));
    const { states, aliases } = this;
    return buildCatalog({ zones, services, places, states, aliases });
  }

  #circumstancesOf(catalog: Catalog): Circumstances {
    return { states: this.states, turns: new Int32Array(catalog.turnWords), random: () => this.random };
  }

  /** Asks each row of a table, as one test each. */
  check(steps: readonly Step[]): void {
    for (const step of steps) {
      it(step.it, () => expect(this.ask(step.ask), step.ask).to.deep.equal(step.expect));
    }
  }

  /**
   * Asks as one does with dig, and checks what holds for every response.
   * @param text `NAME TYPE`, then any of `from=ADDRESS`, `ecs=PREFIX`, `bufsize=OCTETS`, `class=NUMBER`, `+tcp`, `+noedns`, `+nsid`,
   *   `+do`, `+rd`, `+cd`, `+ad`
   * @returns lines: `RCODE flags`, answers, `authority:`, `additional:` and theirs, `ecs …`, `nsid …`
   */
  ask(text: string): string[] {
    const [name = '', type = '', ...words] = text.split(/\s+/);
    const value = (key: string): string | undefined =>
      words.find((word) => word.startsWith(`${key}=`))?.slice(key.length + 1);
    const has = (flag: string): boolean => words.includes(`+${flag}`);
    const number = parseRrType(type) ?? TYPES[type];
    if (number === undefined) throw new Error(`no type ${type}`);
    const opt: OptSpec = {
      udpPayload: Number(value('bufsize') ?? 1232),
      dnssecOk: has('do'),
      options: [
        ...(has('nsid') ? [{ code: 3, data: new Uint8Array(0) }] : []),
        ...(value('ecs') === undefined ? [] : [{ code: 8, data: subnetOf(value('ecs') as string) }]),
      ],
    };
    const query = buildQuery({
      flags: (has('rd') ? 0x100 : 0) | (has('cd') ? 0x10 : 0) | (has('ad') ? 0x20 : 0),
      name,
      type: number,
      class: Number(value('class') ?? 1),
      opt: has('noedns') ? undefined : opt,
    });
    const response = this.exchange(query, has('tcp') ? Transport.TCP : Transport.UDP, value('from'));
    if (response === undefined) return ['no response'];
    checkResponse(query, response, has('noedns') ? 512 : Math.max(512, opt.udpPayload ?? 0), has('tcp'));
    return formatResponse(decode(Buffer.from(response)));
  }

  /** The response to any octets; undefined: none. */
  exchange(
    query: Uint8Array,
    transport: Transport = Transport.UDP,
    from = '192.0.2.53',
  ): Uint8Array | undefined {
    const exchange = this.#exchange;
    const address = parseAddress(from);
    if (address === undefined) throw new Error(`no address ${from}`);
    exchange.transport = transport;
    exchange.idleTenths = 370;
    exchange.query = query;
    exchange.queryLength = query.length;
    exchange.family = address.length === 4 ? 4 : 6;
    exchange.address.set(address);
    const length = this.#answerer.answer(exchange);
    return length === 0 ? undefined : exchange.response.slice(0, length);
  }
}

const TYPES: Readonly<Record<string, number>> = {
  ANY: 255,
  AXFR: 252,
  IXFR: 251,
  OPT: 41,
  TSIG: 250,
  TKEY: 249,
  MAILA: 254,
};

/** What every response to a whole question must be. */
function checkResponse(query: Uint8Array, response: Uint8Array, limit: number, tcp: boolean): void {
  const questionEnd = query.indexOf(0, 12) + 5;
  expect(response.length).to.be.at.most(tcp ? MAX_MESSAGE_OCTETS : Math.min(limit, 1232));
  expect(response.subarray(0, 2)).to.deep.equal(query.subarray(0, 2), 'ID');
  expect((response[2] ?? 0) & 0x80).to.equal(0x80, 'QR');
  expect((response[2] ?? 0) & 0x01).to.equal((query[2] ?? 0) & 0x01, 'RD is copied (RFC 1035 §4.1.1)');
  expect((response[3] ?? 0) & 0xf0).to.equal(0, 'RA, Z, AD and CD are clear (RFC 4035 §3.1.6)');
  expect(response.subarray(12, questionEnd)).to.deep.equal(query.subarray(12, questionEnd), 'question');
  const message = decode(Buffer.from(response));
  const hasOpt = message.additionals?.some(({ type }) => type === 'OPT');
  expect(hasOpt).to.equal(query.length > questionEnd, 'OPT exactly when asked with one (RFC 6891 §6.1.1)');
}

function subnetOf(text: string): Uint8Array {
  const [address = '', bits = ''] = text.split('/');
  const octets = parseAddress(address);
  if (octets === undefined) throw new Error(`no address ${address}`);
  return clientSubnet(octets.length === 4 ? 1 : 2, Number(bits), [...octets]);
}

function networkOf([prefix, place]: readonly [string, string]): NetworkSpec {
  const [address = '', bits = ''] = prefix.split('/');
  const octets = parseAddress(address);
  if (octets === undefined) throw new Error(`no address ${address}`);
  return {
    prefix: { family: octets.length === 4 ? 4 : 6, octets, bits: Number(bits) },
    place,
    lines: [],
    where: { file: 'networks.yaml', line: 1, column: 1 },
  };
}
