import { expect } from 'chai';
import { answerData, type DigResponse, dig } from '../support/dig.js';
import { type RunningExample, startExample } from '../support/example.js';
import { writeFiles } from '../support/steerdns.js';
import { needIpv6, needTool } from '../support/tools.js';

/** 60 strings of 50 octets: over 1232 octets, and under 64 KiB. */
const BIG_ZONE = `
'':
  - {type: NS, value: ns1.example.com.}
big:
  type: TXT
  values: [${Array.from({ length: 60 }, (_, i) => String(i).padStart(50, 'x')).join(', ')}]
`;

interface Case {
  readonly name: string;
  readonly args: string;
  readonly status?: string;
  readonly answer?: readonly string[];
  readonly also?: (response: DigResponse) => void;
}

const CASES: readonly Case[] = [
  {
    name: 'answers a steered name with authority, by the last rule for a client from nowhere',
    args: 'www.example.com',
    answer: ['198.51.100.13'],
    also: ({ flags }) => expect(flags).to.include('aa').and.to.include('rd').and.not.to.include('ra'),
  },
  { name: 'answers AAAA from the same pool', args: 'www.example.com AAAA', answer: ['2001:db8:2::13'] },
  {
    name: 'answers the same over TCP',
    args: 'www.example.com +tcp',
    answer: ['198.51.100.13'],
    also: ({ transport }) => expect(transport).to.equal('TCP'),
  },
  {
    name: 'steers by the place of a client subnet and says how far that holds',
    args: 'www.example.com +subnet=198.51.100.7/32',
    answer: ['198.51.100.13'],
    also: ({ opt }) => expect(opt?.join()).to.match(/CLIENT-SUBNET: 198\.51\.100\.7\/32\/[1-9]/),
  },
  {
    name: 'steers by the line of a client subnet',
    args: 'www.example.com +subnet=203.0.113.0/26',
    answer: ['203.0.113.14'],
    also: ({ opt }) => expect(opt?.join()).to.match(/CLIENT-SUBNET: 203\.0\.113\.0\/26\/[1-9]/),
  },
  {
    name: 'steers a client of another line elsewhere, in the same country',
    args: 'www.example.com +subnet=203.0.113.128/26',
    answer: ['198.51.100.13'],
  },
  {
    name: 'steers an IPv6 client subnet',
    args: 'www.example.com +subnet=2001:db8:c::/48',
    answer: ['203.0.113.14'],
    also: ({ opt }) => expect(opt?.join()).to.match(/CLIENT-SUBNET: 2001:db8:c::\/48\/[1-9]/),
  },
  {
    name: 'steers by the country database',
    args: 'geo.example.com CNAME +subnet=193.0.6.0/24',
    answer: ['europe.cdn-provider.example.'],
  },
  {
    name: 'answers an unsteered name with scope 0',
    args: 'mail.example.com +subnet=203.0.113.0/26',
    answer: ['192.0.2.25'],
    also: ({ opt }) => expect(opt?.join()).to.include('CLIENT-SUBNET: 203.0.113.0/26/0'),
  },
  {
    name: 'answers SOURCE 0 with scope 0',
    args: 'www.example.com +subnet=0.0.0.0/0',
    also: ({ opt }) => expect(opt?.join()).to.match(/CLIENT-SUBNET: 0(\.0\.0\.0)?\/0\/0/),
  },
  {
    name: 'leaves OPT away where the query has none',
    args: 'www.example.com +noedns',
    answer: ['198.51.100.13'],
    also: ({ opt }) => expect(opt).to.equal(undefined),
  },
  {
    name: 'offers a payload of 1232 octets',
    args: 'www.example.com',
    also: ({ opt }) => expect(opt?.join()).to.match(/udp: 1232/),
  },
  {
    name: 'truncates to the requestor’s payload and keeps OPT',
    args: 'big.example.net TXT +bufsize=512 +ignore',
    answer: [],
    also: ({ flags, opt }) => {
      expect(flags).to.include('tc');
      expect(opt).to.not.equal(undefined);
    },
  },
  {
    name: 'truncates at 512 octets without EDNS',
    args: 'big.example.net TXT +noedns +ignore',
    answer: [],
    also: ({ flags }) => expect(flags).to.include('tc'),
  },
  {
    name: 'gives the whole of a truncated answer over TCP',
    args: 'big.example.net TXT +bufsize=512',
    also: ({ answer, transport }) => {
      expect(answer).to.have.length(60);
      expect(transport).to.equal('TCP');
    },
  },
  {
    name: 'answers BADVERS to EDNS version 1',
    args: 'www.example.com +edns=1 +noednsnegotiation',
    status: 'BADVERS',
    answer: [],
  },
  {
    name: 'ignores unknown EDNS options and flags',
    args: 'www.example.com +ednsopt=65001:0102 +ednsflags=0x4000',
    answer: ['198.51.100.13'],
  },
  {
    name: 'does not say who it is unless configured',
    args: 'version.bind CH TXT +nsid',
    status: 'REFUSED',
    also: ({ opt }) => expect(opt?.join()).to.not.include('NSID'),
  },
  {
    name: 'follows a CNAME to the steered name',
    args: 'cdn.example.com',
    answer: ['198.51.100.13', 'www.example.com.'],
  },
  {
    name: 'answers ALIAS with the addresses of its target',
    args: 'shop.example.com',
    answer: ['198.51.100.13'],
  },
  {
    name: 'answers a service at the apex, beside SOA and NS',
    args: 'example.com',
    answer: ['198.51.100.13'],
  },
  {
    name: 'answers NS of the apex with their addresses',
    args: 'example.com NS',
    answer: ['ns1.example.com.', 'ns2.example.com.'],
    also: ({ additional }) =>
      expect(additional.map(({ data }) => data)).to.include.members([
        '192.0.2.1',
        '198.51.100.1',
        '2001:db8::1',
      ]),
  },
  {
    name: 'answers MX with the address of the exchange',
    args: 'example.com MX',
    answer: ['10 mail.example.com.'],
    also: ({ additional }) => expect(additional.map(({ data }) => data)).to.deep.equal(['192.0.2.25']),
  },
  { name: 'answers CAA', args: 'example.com CAA', answer: ['0 issue "letsencrypt.org"'] },
  { name: 'answers SRV', args: '_sip._tcp.example.com SRV', answer: ['10 60 5060 mail.example.com.'] },
  { name: 'answers from the wildcard', args: 'anything.apps.example.com', answer: ['192.0.2.80'] },
  { name: 'prefers a name to the wildcard', args: 'admin.apps.example.com', answer: ['192.0.2.81'] },
  {
    name: 'refers to a delegated zone, with glue and without authority',
    args: 'host.lab.example.com',
    answer: [],
    also: ({ authority, additional, flags }) => {
      expect(authority.map(({ data }) => data)).to.have.members(['ns.example.net.', 'ns1.lab.example.com.']);
      expect(additional.map(({ data }) => data)).to.deep.equal(['192.0.2.53']);
      expect(flags).to.not.include('aa');
    },
  },
  {
    name: 'answers NXDOMAIN with the SOA at the negative TTL',
    args: 'nothing.example.com',
    status: 'NXDOMAIN',
    answer: [],
    also: ({ authority }) => {
      expect(authority.map(({ type, ttl }) => [type, ttl])).to.deep.equal([['SOA', 300]]);
    },
  },
  {
    name: 'answers NODATA with the SOA',
    args: 'mail.example.com AAAA',
    answer: [],
    also: ({ authority }) => expect(authority.map(({ type }) => type)).to.deep.equal(['SOA']),
  },
  { name: 'answers NODATA at an empty non-terminal', args: '_tcp.example.com', answer: [] },
  { name: 'refuses names outside its zones', args: 'www.example.org', status: 'REFUSED', answer: [] },
  {
    name: 'answers ANY by HINFO (RFC 8482)',
    args: 'www.example.com ANY',
    also: ({ answer }) => expect(answer.map(({ type }) => type)).to.deep.equal(['HINFO']),
  },
  { name: 'answers NOTIMP to other opcodes', args: 'example.com +opcode=status', status: 'NOTIMP' },
  {
    name: 'keeps the case of the question',
    args: 'wWw.ExAmPlE.cOm',
    also: ({ text }) => expect(text).to.match(/^;wWw\.ExAmPlE\.cOm\./m),
  },
];

describe('dig', () => {
  let example: RunningExample;

  before(async function () {
    needTool(this, 'dig');
    example = await startExample((folder) => writeFiles(folder, { 'zones/example.net.yaml': BIG_ZONE }));
  });
  after(() => example?.stop());

  for (const { name, args, status = 'NOERROR', answer, also } of CASES) {
    it(name, async () => {
      const response = await dig(example.steerdns.dns, args);
      expect(response.status, response.text).to.equal(status);
      if (answer !== undefined) expect(answerData(response), response.text).to.deep.equal([...answer].sort());
      also?.(response);
    });
  }

  it('is answered over IPv6 as well', async function () {
    needIpv6(this);
    const response = await dig(example.steerdns.dns6, 'www.example.com AAAA');
    expect(answerData(response)).to.deep.equal(['2001:db8:2::13']);
    const overTcp = await dig(example.steerdns.dns6, 'www.example.com AAAA +tcp');
    expect(answerData(overTcp)).to.deep.equal(['2001:db8:2::13']);
  });

  it('sees weights kept exactly: 3 to 1 over every four answers', async () => {
    const seen: string[] = [];
    for (let i = 0; i < 8; i++)
      seen.push(...answerData(await dig(example.steerdns.dns, 'split.example.com')));
    expect(seen.filter((data) => data === '192.0.2.61')).to.have.length(6);
    expect(seen.filter((data) => data === '192.0.2.62')).to.have.length(2);
  });

  it('gives scopes on which the answer is the same: both ends of the prefix agree', async () => {
    const first = await dig(example.steerdns.dns, 'www.example.com +subnet=203.0.113.64/32');
    const scope = Number(/CLIENT-SUBNET: [^/]+\/32\/(\d+)/.exec(first.opt?.join() ?? '')?.[1]);
    expect(scope).to.be.within(1, 32);
    const size = 2 ** Math.min(32 - scope, 6);
    const last = await dig(example.steerdns.dns, `www.example.com +subnet=203.0.113.${64 + size - 1}/32`);
    expect(answerData(last)).to.deep.equal(answerData(first));
  });
});
