import { type Exchange, LEFT } from '../../src/answer/exchange.js';
import { tallyLayout, ZoneRow } from '../../src/answer/tally-layout.js';
import { catalogMessages } from '../../src/server/dns-threads.js';
import { Protection } from '../../src/server/protection.js';
import { TallyRowNames } from '../../src/server/tally-rows.js';
import { ThreadAnswerer } from '../../src/server/thread-answerer.js';
import { type Counters, makeCounters } from '../../src/state/counters.js';
import { makeRequest } from '../../src/transfer/client-message.js';
import { RrListWriter } from '../../src/transfer/rr-list.js';
import type { ToTransferThread } from '../../src/transfer/thread-messages.js';
import type { TsigKey } from '../../src/transfer/tsig-key.js';
import { parseName } from '../../src/wire/name.js';
import { Scenario } from '../answer/scenario.js';

/** Seconds since 1970, for every query. */
export const FUZZ_NOW = 1_800_000_000;

/** Names that are served, and some that are not. What is steered depends on the client: by place, by weight, by ALIAS. */
export const NAMES: readonly string[] = [
  '.',
  'com.',
  'example.com.',
  'www.example.com.',
  'WwW.eXaMple.CoM.',
  'nx.www.example.com.',
  'alias.example.com.',
  'loop1.example.com.',
  'far.example.com.',
  'any.wild.example.com.',
  'a.b.c.wild.example.com.',
  'x.sub.example.com.',
  'sub.example.com.',
  'x.y.dname.example.com.',
  `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.dname.example.com.`,
  'big.example.com.',
  'many.example.com.',
  'mx.example.com.',
  '_x._tcp.example.com.',
  'geo.example.com.',
  'weighted.example.com.',
  'host.example.com.',
  'apexalias.example.net.',
  'example.net.',
  'www.example.net.',
  'version.bind.',
  'id.server.',
  'example.invalid.',
];

const ZONE = `
'':
  - {type: NS, values: [ns1.example.com., ns2.example.net.]}
  - {type: MX, value: {preference: 10, exchange: mx.example.com.}}
  - {type: TXT, value: v=spf1 -all}
ns1: {type: A, value: 192.0.2.1}
www: [{type: A, values: [192.0.2.2, 192.0.2.3]}, {type: AAAA, value: '2001:db8::2'}]
alias: {type: CNAME, value: www.example.com.}
loop1: {type: CNAME, value: loop2.example.com.}
loop2: {type: CNAME, value: loop1.example.com.}
far: {type: CNAME, value: www.example.org.}
'*.wild': [{type: A, value: 192.0.2.4}, {type: TXT, value: wild}]
sub: {type: NS, values: [ns.sub.example.com., ns1.example.com.]}
ns.sub: {type: A, value: 192.0.2.5}
dname: {type: DNAME, value: ${'d'.repeat(60)}.www.example.com.}
big: {type: TXT, values: [${Array.from({ length: 12 }, (_, i) => `${i}-${'x'.repeat(200)}`).join(', ')}]}
many: {type: A, values: [${Array.from({ length: 120 }, (_, i) => `192.0.2.${i}`).join(', ')}]}
mx: [{type: A, value: 192.0.2.6}, {type: MX, values: [{preference: 1, exchange: www.example.com.}, {preference: 2, exchange: mx.example.com.}]}]
_x._tcp: {type: SRV, value: {priority: 1, weight: 2, port: 3, target: www.example.com.}}
geo: {type: GSLB, service: geo}
weighted: {type: GSLB, service: weighted, ttl: 30}
host: {type: GSLB, service: host}
`;

const NET_ZONE = `
'': {type: NS, value: ns1.example.com.}
www: {type: A, value: 192.0.2.9}
apexalias: {type: ALIAS, value: www.example.com.}
`;

export const ZONES = { 'example.com.': ZONE, 'example.net.': NET_ZONE };

export const SERVICES = {
  geo: `
members:
  eu: {addresses: [198.51.100.1, '2001:db8::1'], place: EU-DE}
  us: {addresses: [198.51.100.2], place: NA-US}
pools: {eu: {members: [eu], fallback: us}, us: {members: [us]}}
rules: [{geos: [EU], pool: eu}, {subnets: [203.0.113.128/25], pool: eu}, {pool: us}]
`,
  weighted: `
members: {a: {addresses: [198.51.100.3], weight: 3}, b: {addresses: [198.51.100.4], weight: 1}}
pools: {both: {members: [a, b], scheduler: wrr}}
rules: [{pool: both}]
`,
  host: `
members: {cdn: {host: www.example.org.}}
pools: {both: {members: [cdn]}}
rules: [{pool: both}]
`,
};

/** What signs good requests. */
export const KEYS: readonly TsigKey[] = (['hmac-sha256', 'hmac-sha512'] as const).map((algorithm, i) => ({
  name: parseName(`key${i}.example.`),
  algorithm,
  secret: Buffer.from('a secret of the fuzzer'),
  macOctets: i === 0 ? 32 : 64,
}));

/** RRL that a few clients reach soon, and that half of what is over it does not answer at all. */
const RRL = { rate: 5, burst: 20, slip: 2, dryRun: false, allow: [] };

/** One answering thread of a server, with everything on, without sockets. */
export class FuzzedServer {
  readonly counters: Counters = makeCounters();
  /** Octets of NSID. */
  readonly nsid = Buffer.from('fuzzed');
  readonly #thread: ThreadAnswerer;
  readonly #protection = new Protection();

  private constructor(scenario: Scenario, seed: number) {
    this.#thread = new ThreadAnswerer({
      role: { kind: 'udp', descriptors: [] },
      tcp: { idleMs: 1, maxConnections: 1, maxPerClient: 1 },
      transport: { proxies: [], tls: undefined },
      identity: { version: Buffer.from('steerdns'), id: this.nsid },
      stateWords: scenario.states.words,
      counters: this.counters,
      tally: { cells: new Float64Array(tallyLayout(ZoneRow.NAMED).cells), zoneRows: ZoneRow.NAMED },
      control: new Int32Array(2),
      seed,
      special: new URL('../../src/transfer/thread-requests.js', import.meta.url).href,
    });
  }

  static async start(seed: number): Promise<FuzzedServer> {
    const scenario = new Scenario({
      zones: ZONES,
      services: SERVICES,
      places: { '203.0.113.0/24': 'EU-DE', '198.51.0.0/16': 'NA-US', '2001:db8::/32': 'EU-FR' },
    });
    const server = new FuzzedServer(scenario, seed);
    const thread = server.#thread;
    await thread.prepare(() => {});
    thread.nowMs = FUZZ_NOW * 1000;
    const { catalog, services } = scenario.built;
    thread.take(server.#protection.messageOf({ rrl: RRL, cookies: { secrets: [COOKIE_SECRET] } }));
    const rows = new TallyRowNames(0).rowsOf(catalog, services);
    for (const message of catalogMessages(catalog, services, rows)) thread.take(message);
    for (const message of transferMessages()) thread.take({ kind: 'special', message });
    return server;
  }

  close(): void {
    this.#protection.close();
  }

  /** Lets time go by for RRL. */
  set elapsedMs(ms: number) {
    this.#thread.nowMs = FUZZ_NOW * 1000 + ms;
  }

  /** As a transport calls it. @throws what the answering throws, which is a bug */
  answer(exchange: Exchange): number {
    const length = this.#thread.answer(exchange);
    if (length === LEFT) throw new Error('a request was left to nobody');
    return length;
  }
}

/** Of RFC 9018 appendix A: with it a test makes cookies that hold. */
const COOKIE_SECRET = Buffer.from('e5e973e5a6b2a43f48e7dc849e37bfcf', 'hex');

function transferMessages(): ToTransferThread[] {
  const apex = parseName('example.com.');
  const list = new RrListWriter();
  const [soa] = soaOf(7);
  list.add(apex, 6, 60, soa);
  for (let i = 0; i < 30; i++) list.add(parseName(`a${i}.example.com.`), 1, 60, Uint8Array.of(192, 0, 2, i));
  const [key] = KEYS;
  return [
    { kind: 'zones', zones: [{ apex, serial: 7, list: list.shared(), changes: [], allow: [{}] }] },
    {
      kind: 'peers',
      keys: KEYS,
      secondaries: [
        { apex: parseName('second.example.'), from: [{}] },
        ...(key === undefined ? [] : [{ apex: parseName('example.net.'), from: [{ key: key.name }] }]),
      ],
    },
  ];
}

/** RDATA of a SOA, and a record of it. */
export function soaOf(serial: number): [rdata: Uint8Array, record: Uint8Array] {
  const apex = parseName('example.com.');
  const rdata = Buffer.concat([apex, apex, Buffer.alloc(20, 1)]);
  rdata.writeUInt32BE(serial, 2 * apex.length);
  const head = Buffer.alloc(10);
  head.writeUInt16BE(6, 0);
  head.writeUInt16BE(1, 2);
  head.writeUInt16BE(rdata.length, 8);
  return [rdata, Buffer.concat([apex, head, rdata])];
}

/** Requests of the code's own clients: transfers and NOTIFY, signed and not. */
export function specialRequests(): Uint8Array[] {
  const requests: Uint8Array[] = [];
  for (const key of [undefined, ...KEYS]) {
    for (const apex of ['example.com.', 'example.net.', 'second.example.']) {
      const name = parseName(apex);
      const section = { number: 2, record: soaOf(6)[1] } as const;
      requests.push(
        makeRequest({ flags: 0, name, type: 252, key, now: FUZZ_NOW }).octets,
        makeRequest({ flags: 0, name, type: 251, section, key, now: FUZZ_NOW }).octets,
        makeRequest({ flags: 0x2400, name, type: 6, key, now: FUZZ_NOW }).octets,
        makeRequest({ flags: 0, name, type: 1, key, now: FUZZ_NOW }).octets,
      );
    }
  }
  return requests;
}
