import fc from 'fast-check';
import { Exchange, MAX_MESSAGE_OCTETS, Transport } from '../../src/answer/exchange.js';
import { buildQuery, clientSubnet } from '../wire/build-query.js';
import { type FuzzedServer, NAMES, specialRequests } from './fuzzed-server.js';

/** What one mutation does to a message; `other` is another one of the corpus. */
type Mutation = (octets: Uint8Array, at: number, value: number, other: Uint8Array) => Uint8Array;

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'flips a bit': (octets, at, value) => changed(octets, at, (octet) => octet ^ (1 << (value & 7))),
  'sets an octet': (octets, at, value) => changed(octets, at, () => value),
  'sets a length or a count': (octets, at, value) => {
    const lengths = [0, 1, 2, 12, 0x7f, 0xff, 0xffff, 0xc00c];
    const length = lengths[value % lengths.length] as number;
    return changed(
      changed(octets, at, () => length >>> 8),
      at + 1,
      () => length & 0xff,
    );
  },
  'adds one to an octet': (octets, at) => changed(octets, at, (octet) => octet + 1),
  'cuts it short': (octets, at) => octets.slice(0, at),
  'puts the end of another behind it': (octets, at, value, other) =>
    Buffer.concat([octets.subarray(0, at), other.subarray(value % (other.length + 1))]),
  'takes octets out': (octets, at, value) =>
    Buffer.concat([octets.subarray(0, at), octets.subarray(at + (value & 15))]),
  'repeats octets': (octets, at, value) =>
    Buffer.concat([octets.subarray(0, at + (value & 63)), octets.subarray(at)]),
  'makes it longer': (octets, _at, value) => Buffer.concat([octets, Buffer.alloc(value, value)]),
};

function changed(octets: Uint8Array, at: number, change: (octet: number) => number): Uint8Array {
  const copy = octets.slice();
  if (at < copy.length) copy[at] = change(copy[at] as number);
  return copy;
}

/** Messages of a corpus after up to three mutations. */
export function mutated(corpus: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const mutation = fc.record({
    mutate: fc.constantFrom(...Object.values(MUTATIONS)),
    at: fc.nat(),
    value: fc.nat(255),
    other: fc.constantFrom(...corpus),
  });
  return fc
    .tuple(fc.constantFrom(...corpus), fc.array(mutation, { maxLength: 3 }))
    .map(([message, mutations]) =>
      mutations
        .reduce(
          (octets, { mutate, at, value, other }) => mutate(octets, at % (octets.length + 1), value, other),
          message,
        )
        .subarray(0, MAX_MESSAGE_OCTETS),
    );
}

/** Real messages, which the code itself makes: queries, requests that are signed, and what a server answers to each. */
export function recordCorpus(server: FuzzedServer): Uint8Array[] {
  const options = [
    { code: 8, data: clientSubnet(1, 24, [203, 0, 113]) },
    { code: 10, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
    { code: 3, data: new Uint8Array(0) },
  ];
  const queries = NAMES.flatMap((name) =>
    [1, 16, 28, 255, 6].map((type) => buildQuery({ name, type, opt: { dnssecOk: type === 1, options } })),
  );
  const requests = [...queries, ...specialRequests()];
  const exchange = new Exchange();
  exchange.address.set([192, 0, 2, 53]);
  exchange.transport = Transport.TCP;
  const responses = requests.map((query) => {
    exchange.query = query;
    exchange.queryLength = query.length;
    const length = server.answer(exchange);
    exchange.more = undefined;
    return exchange.response.slice(0, length);
  });
  const cookies = withCookies(queries, responses);
  return [...requests, ...requests, ...requests, ...cookies, ...responses.map(asQuery), ...responses];
}

/** A response that says it is a query: with records in each section. */
function asQuery(response: Uint8Array): Uint8Array {
  return changed(response, 2, (octet) => octet & 0x7f);
}

/** The queries with the server cookies that they got: these hold. */
function withCookies(queries: readonly Uint8Array[], responses: readonly Uint8Array[]): Uint8Array[] {
  return queries.map((_, i) => {
    const response = Buffer.from(responses[i] as Uint8Array);
    const at = response.indexOf(Buffer.from('000a0018', 'hex'));
    const data = at < 0 ? new Uint8Array(8) : response.subarray(at + 4, at + 28);
    const name = NAMES[Math.floor(i / 5)] as string;
    return buildQuery({ name, type: 1, opt: { options: [{ code: 10, data }] } });
  });
}
