import { expect } from 'chai';
import { type DigResponse, dig } from '../support/dig.js';
import { makeFolder, removeFolder, type Steerdns, startSteerdns } from '../support/steerdns.js';
import { needTool } from '../support/tools.js';
import { STEERDNS_FILES } from './servers.js';

/** A probe of RFC 8906 §8: the section, its title, the arguments that it gives dig, and what it expects. */
interface Probe {
  readonly it: string;
  /** Without the name of the zone, where it is a SOA that is asked for. */
  readonly args: string;
  readonly status: string;
  /** Exactly these, QR aside. */
  readonly flags: readonly string[];
  readonly soa: boolean;
  /** No OPT; or one of version 0 with these flags, and options that have these words. */
  readonly opt: false | { readonly flags?: string; readonly options?: readonly string[] };
  /** Over TCP, where that differs. */
  readonly overTcp?: { readonly flags: readonly string[] };
}

const ZONE = 'types.test';

const PROBES: readonly Probe[] = [
  {
    it: '§8.1.1 is the server configured for the zone',
    args: '+noedns +noad +norec soa',
    status: 'NOERROR',
    flags: ['aa'],
    soa: true,
    opt: false,
  },
  {
    it: '§8.1.2 unknown types',
    args: '+noedns +noad +norec type1000',
    status: 'NOERROR',
    flags: ['aa'],
    soa: false,
    opt: false,
  },
  {
    it: '§8.1.3.1 CD=1',
    args: '+noedns +noad +norec +cd soa',
    status: 'NOERROR',
    flags: ['aa'],
    soa: true,
    opt: false,
  },
  {
    it: '§8.1.3.2 AD=1',
    args: '+noedns +norec +ad soa',
    status: 'NOERROR',
    flags: ['aa'],
    soa: true,
    opt: false,
  },
  {
    it: '§8.1.3.3 the reserved bit',
    args: '+noedns +noad +norec +zflag soa',
    status: 'NOERROR',
    flags: ['aa'],
    soa: true,
    opt: false,
  },
  {
    it: '§8.1.3.4 recursive queries',
    args: '+noedns +noad +rec soa',
    status: 'NOERROR',
    flags: ['aa', 'rd'],
    soa: true,
    opt: false,
  },
  {
    it: 'RA, AA and TC set in the query',
    args: '+noedns +noad +norec +raflag +aaflag +tcflag soa',
    status: 'NOERROR',
    flags: ['aa'],
    soa: true,
    opt: false,
  },
  {
    it: '§8.1.4 unknown opcodes',
    args: '+noedns +noad +opcode=15 +norec +header-only',
    status: 'NOTIMP',
    flags: [],
    soa: false,
    opt: false,
  },
  {
    it: '§8.1.5 TCP',
    args: '+noedns +noad +norec +tcp soa',
    status: 'NOERROR',
    flags: ['aa'],
    soa: true,
    opt: false,
  },
  {
    it: '§8.2.1 minimal EDNS',
    args: '+nocookie +edns=0 +noad +norec soa',
    status: 'NOERROR',
    flags: ['aa'],
    soa: true,
    opt: {},
  },
  {
    it: '§8.2.2 EDNS version negotiation',
    args: '+nocookie +edns=1 +noednsneg +noad +norec soa',
    status: 'BADVERS',
    flags: [],
    soa: false,
    opt: {},
  },
  {
    it: '§8.2.3 unknown EDNS options',
    args: '+nocookie +edns=0 +noad +norec +ednsopt=100 soa',
    status: 'NOERROR',
    flags: ['aa'],
    soa: true,
    opt: {},
  },
  {
    it: '§8.2.4 unknown EDNS flags',
    args: '+nocookie +edns=0 +noad +norec +ednsflags=0x40 soa',
    status: 'NOERROR',
    flags: ['aa'],
    soa: true,
    opt: {},
  },
  {
    it: '§8.2.5 EDNS version negotiation with unknown EDNS flags',
    args: '+nocookie +edns=1 +noednsneg +noad +norec +ednsflags=0x40 soa',
    status: 'BADVERS',
    flags: [],
    soa: false,
    opt: {},
  },
  {
    it: '§8.2.6 EDNS version negotiation with unknown EDNS options',
    args: '+nocookie +edns=1 +noednsneg +noad +norec +ednsopt=100 soa',
    status: 'BADVERS',
    flags: [],
    soa: false,
    opt: {},
  },
  {
    it: '§8.2.7 truncated responses',
    args: '+norec +dnssec +nocookie +noad +bufsize=512 +ignore text.types.test txt',
    status: 'NOERROR',
    flags: ['aa', 'tc'],
    soa: false,
    opt: { flags: 'do' },
    overTcp: { flags: ['aa'] },
  },
  {
    it: '§8.2.8 DO=1',
    args: '+nocookie +edns=0 +noad +norec +dnssec soa',
    status: 'NOERROR',
    flags: ['aa'],
    soa: true,
    opt: { flags: 'do' },
  },
  {
    it: '§8.2.9 EDNS version negotiation with DO=1',
    args: '+nocookie +edns=1 +noednsneg +noad +norec +dnssec soa',
    status: 'BADVERS',
    flags: [],
    soa: false,
    opt: { flags: 'do' },
  },
  {
    it: '§8.2.10 several EDNS options that are defined',
    args: '+edns=0 +noad +norec +cookie +nsid +expire +subnet=0.0.0.0/0 soa',
    status: 'NOERROR',
    flags: ['aa'],
    soa: true,
    opt: { options: ['NSID', 'CLIENT-SUBNET: 0.0.0.0/0/0', 'COOKIE'] },
  },
];

describe('RFC 8906 §8: what a server must not fail to answer', () => {
  let folder: string;
  let steerdns: Steerdns;

  before(async function () {
    this.timeout(60_000);
    needTool(this, 'dig');
    folder = await makeFolder(STEERDNS_FILES);
    steerdns = await startSteerdns(folder);
  });

  after(async () => {
    await steerdns?.stop();
    if (folder !== undefined) await removeFolder(folder);
  });

  for (const transport of ['UDP', 'TCP'] as const) {
    describe(`over ${transport}`, () => {
      for (const probe of PROBES) {
        // §8.1.5 is all of them over TCP.
        if (probe.args.includes('+tcp') && transport === 'UDP') continue;
        it(probe.it, async () => {
          const asked = probe.args.includes(ZONE) ? probe.args : `${probe.args} ${ZONE}`;
          const response = await dig(steerdns.dns, transport === 'TCP' ? `${asked} +tcp` : `${asked} +notcp`);
          expect(response.transport, response.text).to.equal(transport);
          const { flags } = (transport === 'TCP' ? probe.overTcp : undefined) ?? probe;
          expectProbe(probe, flags, response);
        });
      }
    });
  }
});

function expectProbe(probe: Probe, flags: readonly string[], response: DigResponse): void {
  const { text } = response;
  expect(response.status, text).to.equal(probe.status);
  expect(response.flags, text).to.have.members(['qr', ...flags]);
  // dig's words for a bit that must be zero: Z of the header, unknown flags of OPT.
  expect(text).to.not.include('MBZ:');
  expect(
    response.answer.some(({ type }) => type === 'SOA'),
    text,
  ).to.equal(probe.soa);
  if (probe.args.includes('opcode=15')) expect(text).to.include('opcode: RESERVED15');
  if (probe.opt === false) {
    expect(response.opt, text).to.equal(undefined);
    return;
  }
  const [head = '', ...options] = response.opt ?? [];
  expect(head, text).to.equal(
    `EDNS: version: 0, flags:${probe.opt.flags ? ` ${probe.opt.flags}` : ''}; udp: 1232`,
  );
  const wanted = probe.opt.options ?? [];
  expect(options.length, text).to.equal(wanted.length);
  for (const option of wanted) {
    expect(
      options.some((line) => line.startsWith(option)),
      `${option} in\n${text}`,
    ).to.equal(true);
  }
}
