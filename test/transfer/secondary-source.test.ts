import { join } from 'node:path';
import { expect } from 'chai';
import { Diagnostics, formatDiagnostics } from '../../src/config/diagnostics.js';
import { loadConfig } from '../../src/config/load-config.js';
import { rdataFromText, rdataToText } from '../../src/rr/rdata.js';
import { formatRrType, parseRrType } from '../../src/rr/rr-types.js';
import { secondarySource } from '../../src/snapshot/secondary-source.js';
import { SnapshotLoader } from '../../src/snapshot/snapshot-loader.js';
import { AliasTable } from '../../src/state/alias-table.js';
import { MemberStates } from '../../src/state/member-states.js';
import { type RrList, RrListWriter } from '../../src/transfer/rr-list.js';
import { formatName, parseName } from '../../src/wire/name.js';
import { type Files, makeFolder, removeFolder } from '../support/steerdns.js';

const APEX = parseName('example.org.');

/** `NAME TTL TYPE RDATA` */
function list(...lines: readonly string[]): RrList {
  const out = new RrListWriter();
  for (const line of ['example.org. 60 SOA ns.example.org. h.example.org. 7 1 1 1 1', ...lines]) {
    const [name = '', ttl, type = '', ...rdata] = line.split(' ');
    const number = parseRrType(type) as number;
    out.add(parseName(name), number, Number(ttl), rdataFromText(number, rdata.join(' ')));
  }
  return out.shared();
}

describe('a zone that was transferred, with its overlay', () => {
  let folder: string;

  afterEach(() => removeFolder(folder));

  /** Records as lines, without the SOA; or what is wrong. */
  async function laid(overlay: string, ...lines: readonly string[]): Promise<string[] | string> {
    folder = await makeFolder({ 'overlay.yaml': overlay });
    const diagnostics = new Diagnostics();
    const path = join(folder, 'overlay.yaml');
    const { zone } = secondarySource({ apex: APEX, list: list(...lines), overlay: path }, diagnostics);
    const said = formatDiagnostics(diagnostics.list, { color: false }).replaceAll(`${folder}/`, '');
    if (zone === undefined || said !== '') return said;
    return [...zone.records].flatMap((record) => {
      const owner = formatName(record.owner);
      if (record.kind !== 'static') return [`${owner} ${record.kind}`];
      if (formatRrType(record.type) === 'SOA') return [];
      const rdata = record.rdata.map((octets) => rdataToText(record.type, octets));
      return [`${owner} ${record.ttl} ${formatRrType(record.type)} ${rdata.join(', ')}`];
    });
  }

  for (const { it: what, overlay, lines, expected } of [
    {
      it: 'has one RRset a name and type, without duplicates, with the least TTL (RFC 2181 §5)',
      overlay: '',
      lines: [
        'a.example.org. 60 A 192.0.2.1',
        'b.example.org. 60 A 192.0.2.9',
        'a.example.org. 30 A 192.0.2.2',
        'a.example.org. 60 A 192.0.2.1',
      ],
      expected: ['a.example.org. 30 A 192.0.2.1, 192.0.2.2', 'b.example.org. 60 A 192.0.2.9'],
    },
    {
      it: 'gives way to GSLB with its addresses alone',
      overlay: 'WWW: {type: GSLB, service: web}\n',
      lines: [
        'www.example.org. 60 A 192.0.2.1',
        'www.example.org. 60 AAAA 2001:db8::1',
        'www.example.org. 60 TXT t',
      ],
      expected: ['www.example.org. 60 TXT "t"', 'WWW.example.org. gslb'],
    },
    {
      it: 'gives way with a CNAME to anything',
      overlay: 'www: {type: TXT, value: t}\n',
      lines: ['www.example.org. 60 CNAME a.example.org.'],
      expected: ['www.example.org. 3600 TXT "t"'],
    },
    {
      it: 'gives way with everything to a CNAME (RFC 1034 §3.6.2)',
      overlay: 'www: {type: CNAME, value: a.example.org.}\n',
      lines: [
        'www.example.org. 60 A 192.0.2.1',
        'www.example.org. 60 TXT t',
        'a.example.org. 60 A 192.0.2.2',
      ],
      expected: ['a.example.org. 60 A 192.0.2.2', 'www.example.org. 3600 CNAME a.example.org.'],
    },
    {
      it: 'gives way with one RRset to the same type, at the apex too',
      overlay:
        "'': [{type: A, value: 192.0.2.7}, {type: MX, value: {preference: 1, exchange: m.example.org.}}]\n",
      lines: [
        'example.org. 60 NS ns.example.org.',
        'example.org. 60 A 192.0.2.1',
        'example.org. 60 MX 10 x.example.org.',
      ],
      expected: [
        'example.org. 60 NS ns.example.org.',
        'example.org. 3600 A 192.0.2.7',
        'example.org. 3600 MX 1 m.example.org.',
      ],
    },
  ]) {
    it(what, async () => expect(await laid(overlay, ...lines)).to.deep.equal(expected));
  }

  it('has no SOA of the overlay', async () => {
    const overlay = "'': {type: SOA, value: {mname: ns1, rname: h, serial: 1}}\n";
    expect(await laid(overlay)).to.match(/overlay\.yaml:1:5: error: SOA in an overlay: it is the primary's/);
  });

  it('tells what is wrong with an overlay', async () => {
    expect(await laid('www: {type: A, value: 192.0.2.300}\n')).to.match(/overlay\.yaml:1:23: error/);
  });
});

describe('a configuration with secondaries', () => {
  let folder: string;

  afterEach(() => removeFolder(folder));

  async function check(files: Files): Promise<string> {
    folder = await makeFolder({ 'zones/.keep': '', ...files });
    const diagnostics = new Diagnostics();
    const config = loadConfig(join(folder, 'steerdns.yaml'), diagnostics);
    const loader = new SnapshotLoader({ states: new MemberStates(64), aliases: new AliasTable(16) });
    if (config !== undefined) await loader.load(config, diagnostics);
    return formatDiagnostics(diagnostics.list, { color: false }).replaceAll(`${folder}/`, '');
  }

  const SECONDARY =
    'zones: zones\nservices: services\ngeo: {databases: []}\nsecondaries: {example.org: {from: {address: 192.0.2.1}, overlay: laid.yaml}}\n';

  it('is checked before anything has come', async () => {
    expect(
      await check({
        'steerdns.yaml': SECONDARY,
        'services/.keep': '',
        'laid.yaml': 'www: {type: A, value: 192.0.2.1}\n',
      }),
    ).to.equal('');
  });

  it('tells of a service that the overlay names and that is not there', async () => {
    const said = await check({
      'steerdns.yaml': SECONDARY,
      'services/web.yaml': 'members: {a: {addresses: 192.0.2.1}}',
      'laid.yaml': 'www: {type: GSLB, service: wep}\n',
    });
    expect(said).to.match(/laid\.yaml:1:6: error: there is no service "wep"[\s\S]*did you mean "web"/);
  });

  it('has errors of the overlay', async () => {
    const said = await check({
      'steerdns.yaml': SECONDARY,
      'services/web.yaml': 'members: {a: {addresses: 192.0.2.1}}',
      'laid.yaml': 'www: {type: A, value: 192.0.2.300}\n',
    });
    expect(said).to.match(/laid\.yaml:1:23: error/);
  });

  it('does not have a zone that is written as well', async () => {
    const zone = "'': {type: NS, value: ns.example.net.}\n";
    const said = await check({
      'steerdns.yaml': SECONDARY,
      'services/.keep': '',
      'laid.yaml': '',
      'zones/example.org.yaml': zone,
    });
    expect(said).to.match(/example\.org\. is one of the secondaries as well/);
  });
});
