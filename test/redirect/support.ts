import { connect } from 'node:net';
import { compilePlaces } from '../../src/geo/compile-places.js';
import { makeTrustedProxies } from '../../src/redirect/client-address.js';
import type { RedirectSite, RedirectSource } from '../../src/redirect/redirect-source.js';
import { MemberStates, Override } from '../../src/state/member-states.js';
import { type CompileContext, compileService } from '../../src/steer/service.js';
import type { MemberSpec, ServiceSpec } from '../../src/steer/spec.js';
import type { UrlForward } from '../../src/zonefile/zone-source.js';

const WHERE = { file: 'services/mirrors.yaml', line: 1, column: 1 };

/** Two mirrors: `west` for 203.0.113.0/24, `east` for all others; each takes over for the other. */
const MIRRORS: ServiceSpec = {
  name: 'mirrors',
  members: [member('west', 'https://west.example/pub/'), member('east', 'https://east.example/')],
  pools: [
    {
      name: 'west',
      members: [{ member: 'west', weight: 1, status: 'obey' }],
      scheduler: 'fo',
      fallback: 'east',
    },
    {
      name: 'east',
      members: [{ member: 'east', weight: 1, status: 'obey' }],
      scheduler: 'fo',
      fallback: 'west',
    },
  ],
  rules: [
    {
      matches: [{ subnets: [{ family: 4, octets: Uint8Array.of(203, 0, 113, 0), bits: 24 }] }],
      pool: 'west',
    },
    { matches: [{}], pool: 'east' },
  ],
  answers: { ttl: { min: 7, max: 7 }, whenAllDown: 'none' },
  where: WHERE,
};

function member(name: string, url: string): MemberSpec {
  return { name, addresses: [Uint8Array.of(192, 0, 2, 1)], weight: 1, url, checks: [], where: WHERE };
}

export interface TestSource extends RedirectSource {
  /** Takes members of {@link MIRRORS} out, as an operator would. */
  down(...names: string[]): void;
}

/** dl.example.com is served by {@link MIRRORS}; old.example.com has URLFWD records. */
export function makeSource(
  options: { trusted?: readonly string[]; ready?: boolean; site?: Partial<RedirectSite> } = {},
): TestSource {
  const states = new MemberStates(16);
  const context: CompileContext = {
    places: compilePlaces([], []),
    states,
    ruleTables: new Map(),
    turnWords: 0,
  };
  const service = compileService(MIRRORS, context);
  const site: RedirectSite = { service, status: 302, cacheControl: 'private, no-cache', ...options.site };
  return {
    sites: new Map([['dl.example.com', site]]),
    forwards: (host) => (host === 'old.example.com' ? { ttl: 300, forwards: FORWARDS } : undefined),
    circumstances: { states, turns: new Int32Array(context.turnWords), random: () => 0 },
    ready: options.ready ?? true,
    trustedProxies: makeTrustedProxies(options.trusted ?? []),
    down: (...names) => {
      for (const name of names) states.setOverride(states.slotOf(`mirrors/${name}`), Override.DOWN);
    },
  };
}

const FORWARDS: readonly UrlForward[] = [
  { path: '/', target: 'https://new.example', code: 301, masking: 2, query: 0 },
  { path: '/docs/*', target: 'https://new.example/manual', code: 302, masking: 1, query: 1 },
  { path: '/broken', target: 'nowhere', code: 302, masking: 2, query: 0 },
];

export interface RawResponse {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** Sends octets as they are, one character an octet, and reads until the endpoint closes the connection. */
export async function sendRaw(port: number, ...pieces: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    socket.on('data', (piece: string) => {
      text += piece;
    });
    socket.on('close', () => resolve(text));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
    const sendNext = (rest: readonly string[]): void => {
      const [piece, ...others] = rest;
      if (piece === undefined) return;
      // Each piece leaves in a segment of its own.
      socket.write(Buffer.from(piece, 'latin1'), () => setImmediate(sendNext, others));
    };
    socket.on('connect', () => sendNext(pieces));
  });
}

/** The first response in what {@link sendRaw} read. */
export function parseResponse(text: string): RawResponse {
  const headEnd = text.indexOf('\r\n\r\n');
  const [statusLine = '', ...lines] = text.slice(0, headEnd).split('\r\n');
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { status: Number(statusLine.split(' ')[1]), headers, body: text.slice(headEnd + 4) };
}
