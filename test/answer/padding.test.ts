import { expect } from 'chai';
import { decode, type OptAnswer } from 'dns-packet';
import { Transport } from '../../src/answer/exchange.js';
import { Counter } from '../../src/state/counters.js';
import { buildQuery, clientSubnet } from '../wire/build-query.js';
import { Scenario } from './scenario.js';

const PADDING = 12;

/** Nearly the largest message that there is. */
const LARGE = Array.from({ length: 244 }, (_, i) => `'${String(i).padStart(255, 'x')}'`);

const scenario = new Scenario({
  zones: {
    'example.com.': `
'': {type: NS, value: ns1.example.com.}
ns1: {type: A, value: 192.0.2.53}
${Array.from({ length: 12 }, (_, i) => `t${i}: {type: TXT, values: [${LARGE.join(', ')}, '${'y'.repeat(62 + i)}']}`).join('\n')}
`,
  },
  identity: { version: 'steerdns 1', id: 'fra1' },
});

describe('padding', () => {
  it('is in a response over TLS to a query with it (RFC 7830 §4: responders MUST pad)', () => {
    const { response, padding } = ask({ options: [padded(10)] });
    expect(response.length).to.equal(468);
    expect(padding?.every((octet) => octet === 0)).to.equal(true);
  });

  it('is of zeros, whatever the response before left there (RFC 7830 §3)', () => {
    ask({ name: 't0.example.com.', type: 16 });
    const { padding } = ask({ options: [padded(0)] });
    expect(padding?.length).to.be.greaterThan(300);
    expect(padding?.every((octet) => octet === 0)).to.equal(true);
  });

  for (const { what, name, others } of [
    { what: 'an answer', name: 'ns1.example.com.', others: [] },
    { what: 'NXDOMAIN', name: 'nobody.example.com.', others: [] },
    { what: 'REFUSED', name: 'example.net.', others: [] },
    {
      what: 'a client subnet and NSID',
      name: 'ns1.example.com.',
      others: [subnet(), { code: 3, data: new Uint8Array(0) }],
    },
  ]) {
    it(`makes ${what} a multiple of 468 octets (RFC 8467 §4.1)`, () => {
      expect(ask({ name, options: [padded(128), ...others] }).response.length).to.equal(468);
    });
  }

  it('of a response near the most that a message can have goes as far as there is room (RFC 8467 §4.1)', () => {
    const lengths = new Set<number>();
    for (let i = 0; i < 12; i++) {
      const name = `t${i}.example.com.`;
      const without = ask({ name, type: 16 }).response;
      const { response, padding } = ask({ name, type: 16, options: [padded(1)] });
      expect(response.length, name).to.equal(without.length + 4 <= 65520 ? 65520 : 65535);
      expect(padding?.length, name).to.equal(response.length - without.length - 4);
      lengths.add(response.length);
    }
    expect([...lengths].sort()).to.deep.equal([65520, 65535]);
  });

  for (const transport of [Transport.UDP, Transport.TCP]) {
    const where = transport === Transport.UDP ? 'UDP' : 'TCP';
    it(`is not in a response over ${where} (RFC 7830 §6: MUST NOT where the transport is not encrypted)`, () => {
      expect(ask({ options: [padded(100)], transport }).padding).to.equal(undefined);
    });
  }

  it('is not in a response to a query without it', () => {
    expect(ask({ options: [] }).padding).to.equal(undefined);
    expect(ask({}).padding).to.equal(undefined);
    // Nor does the query before matter.
    ask({ options: [padded(3)] });
    expect(ask({ options: [] }).padding).to.equal(undefined);
  });

  it('is not in BADVERS, whose options another version may read otherwise', () => {
    expect(ask({ options: [padded(3)], version: 1 }).padding).to.equal(undefined);
  });

  it('has queries over TLS counted beside those over TCP', () => {
    const before = [scenario.counters[Counter.tcp] ?? 0, scenario.counters[Counter.dot] ?? 0];
    ask({});
    ask({ transport: Transport.TCP });
    ask({ transport: Transport.UDP });
    expect([scenario.counters[Counter.tcp], scenario.counters[Counter.dot]]).to.deep.equal([
      (before[0] ?? 0) + 2,
      (before[1] ?? 0) + 1,
    ]);
  });
});

interface Ask {
  readonly name?: string;
  readonly type?: number;
  readonly transport?: Transport;
  readonly version?: number;
  readonly options?: readonly { readonly code: number; readonly data: Uint8Array }[];
}

function ask({
  name = 'ns1.example.com.',
  type = 1,
  transport = Transport.TLS,
  version = 0,
  options = [],
}: Ask) {
  const opt = { udpPayload: 1232, version, options };
  const response = scenario.exchange(buildQuery({ name, type, opt }), transport) ?? new Uint8Array(0);
  const { additionals = [] } = decode(Buffer.from(response));
  const found = additionals.find((record): record is OptAnswer => record.type === 'OPT');
  const padding = found?.options.find(({ code }) => code === PADDING);
  return { response, padding: padding === undefined ? undefined : [...(padding.data ?? [])] };
}

function padded(octets: number) {
  return { code: PADDING, data: new Uint8Array(octets) };
}

function subnet() {
  return { code: 8, data: clientSubnet(1, 24, [198, 51, 100]) };
}
