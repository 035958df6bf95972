import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { Diagnostics, SourceFile } from '../../src/config/diagnostics.js';
import { readSource } from '../../src/config/read-source.js';
import { parseRrType, rrTypes } from '../../src/rr/rr-types.js';
import { formatName, parseName } from '../../src/wire/name.js';
import { type MasterZone, readMasterZone } from '../../src/zonefile/master.js';
import { formatZoneYaml } from '../../src/zonefile/master-to-yaml.js';
import { formatMaster } from '../../src/zonefile/master-write.js';
import { loadOctodnsZone } from '../../src/zonefile/octodns.js';
import { nameKey } from '../../src/zonefile/rdata-key.js';
import type { StaticRecord, ZoneSource } from '../../src/zonefile/zone-source.js';
import { octets, WELL_FORMED } from '../rr/well-formed.js';
import { CORPUS, formatProblem, wireLines } from './master-support.js';

const APEX = parseName('example.com.');
const WHERE = { file: '', line: 1, column: 1 };

const printable = fc.stringMatching(/^[ -~]{0,80}$/).map((text) => [text.length, ...Buffer.from(text)]);
const label = fc.oneof(
  fc.stringMatching(/^[a-z0-9_-]{1,12}$/).map((text) => [...Buffer.from(text)]),
  octets(1, 8),
  fc.constantFrom([0x2a], [...Buffer.from('@')], [...Buffer.from('no')], [...Buffer.from('1e3')]),
);
const relative = fc
  .array(label, { maxLength: 3 })
  .map((labels) => labels.flatMap((each) => [each.length, ...each]));
const type = fc.constantFrom(
  // Those that may stand beside others, and 65280, which nobody knows.
  ...rrTypes.flatMap(({ name, number }) =>
    number === undefined || WELL_FORMED[name] === undefined || ['CNAME', 'DNAME', 'SOA'].includes(name)
      ? []
      : [name],
  ),
  'TYPE65280',
);
const rrset = type.chain((name) => {
  const any = WELL_FORMED[name] ?? octets(0, 40);
  const rdata = name === 'TXT' || name === 'SPF' ? fc.oneof(any, printable) : any;
  return fc.record({
    type: fc.constant(parseRrType(name) as number),
    ttl: fc.constantFrom(0, 60, 3600, 2 ** 31 - 1),
    rdata: fc.uniqueArray(rdata, {
      minLength: 1,
      maxLength: 3,
      selector: (value) => nameKey(Uint8Array.from(value)),
    }),
  });
});
const zones = fc
  .uniqueArray(
    fc.record({
      owner: relative,
      rrsets: fc.uniqueArray(rrset, { minLength: 1, maxLength: 3, selector: (value) => value.type }),
    }),
    { maxLength: 6, selector: ({ owner }) => nameKey(Uint8Array.from(owner)) },
  )
  .map((owners): StaticRecord[] => {
    const records: StaticRecord[] = owners
      // The apex first, for that is where its SOA puts it.
      .toSorted((a, b) => Number(a.owner.length > 0) - Number(b.owner.length > 0))
      .flatMap(({ owner, rrsets }) =>
        rrsets.map((each) => ({
          kind: 'static',
          owner: Uint8Array.of(...owner, ...APEX),
          type: each.type,
          ttl: each.ttl,
          rdata: each.rdata.map((value) => Uint8Array.from(value)),
          where: WHERE,
        })),
      );
    const soa = [...parseName('ns1.example.com.'), ...parseName('h.example.com.'), ...new Uint8Array(20)];
    return [
      { kind: 'static', owner: APEX, type: 6, ttl: 3600, rdata: [Uint8Array.from(soa)], where: WHERE },
      ...records,
    ];
  });

describe('zonefile/master: export → import → export', () => {
  it('is stable for any zone', () => {
    fc.assert(
      fc.property(zones, (records) => {
        const zone: ZoneSource = { apex: APEX, records, file: '', serialAuto: false };
        const first = exportText(zone);
        const master = importText(first, APEX);
        expect(wireLines(master.zone)).to.deep.equal(wireLines(zone));
        const yaml = formatZoneYaml(master);
        const back = loadYaml(yaml, APEX);
        expect(wireLines(back), yaml).to.deep.equal(wireLines(zone));
        expect(exportText(back)).to.equal(first);
      }),
      { numRuns: 200 },
    );
  });

  for (const file of readdirSync(CORPUS).filter((name) => name.endsWith('.zone'))) {
    it(`is stable for ${file}`, () => {
      const apex = parseName(file.replace(/zone$/, ''));
      const source = readSource(join(CORPUS, file), new Diagnostics());
      if (source === undefined) throw new Error('no file');
      const master = read(source, apex);
      const yaml = loadYaml(formatZoneYaml(master), apex);
      expect(wireLines(yaml)).to.deep.equal(wireLines(master.zone));
      const first = exportText(yaml);
      const again = importText(first, apex);
      expect(exportText(loadYaml(formatZoneYaml(again), apex))).to.equal(first);
    });
  }
});

describe('zonefile/master-to-yaml', () => {
  const toYaml = (text: string): string => formatZoneYaml(importText(text, APEX));

  it('keeps comments where they have a place', () => {
    const yaml = toYaml(`; The zone of Example Ltd.
; Ask hostmaster before you change it.

$TTL 300 ; five minutes
@ SOA ns1 hostmaster ( ; made by hand
  7 ; serial: count up
  7200 900 1209600
  60 ) ; negative answers
; Our own name servers
@ NS ns1 ; Frankfurt
  NS ns2 ; Paris

; ---- hosts ----
ns1 A 192.0.2.1 ; rack 4
; the new one
    AAAA 2001:db8::1
ns2 A 192.0.2.2
key TXT ( "a" ; first
          "b" ) ; second
; that was all
`);
    expect(yaml).to.equal(`# The zone of Example Ltd.
# Ask hostmaster before you change it.

'':
  - type: SOA
    ttl: 300
    value:
      mname: ns1.example.com.
      rname: hostmaster.example.com. # made by hand
      serial: 7 # serial: count up
      refresh: 7200
      retry: 900
      expire: 1209600
      minimum: 60 # negative answers
  # Our own name servers
  - type: NS
    ttl: 300
    values:
      - ns1.example.com. # Frankfurt
      - ns2.example.com. # Paris

# ---- hosts ----
ns1:
  - type: A
    ttl: 300
    value: 192.0.2.1 # rack 4
  # the new one
  - type: AAAA
    ttl: 300
    value: '2001:db8::1'
ns2:
  type: A
  ttl: 300
  value: 192.0.2.2
key:
  type: TYPE16
  ttl: 300
  # first
  # second
  value: '"a" "b"'

# that was all
`);
  });

  const values: readonly (readonly [string, string])[] = [
    ['MX 10 mail', 'value: {preference: 10, exchange: mail.example.com.}'],
    ['TXT "v=spf1 -all"', 'value: v=spf1 -all'],
    ['TXT "v=DMARC1; p=none"', "value: 'v=DMARC1\\; p=none'"],
    ['TXT "it\'s"', "value: 'it''s'"],
    ['TXT "12345"', "value: '12345'"],
    ['TXT "yes"', "value: 'yes'"],
    ['TXT "two" "strings"', 'value: \'"two" "strings"\''],
    ['TXT "\\233t\\233"', 'value: \'"\\233t\\233"\''],
    ['CAA 0 issue "ca.example.net"', 'value: {flags: 0, tag: issue, value: ca.example.net}'],
    ['NAPTR 10 20 "s" "SIP+D2U" "" _sip._udp', 'value: \'10 20 "s" "SIP+D2U" "" _sip._udp.example.com.\''],
    [
      'NAPTR 10 20 "S" "SIP+D2U" "" _sip._udp',
      "value: {order: 10, preference: 20, flags: S, service: SIP+D2U, regexp: '', replacement: _sip._udp.example.com.}",
    ],
    [
      'HTTPS 1 . alpn=h2,h3 port=8443',
      'value: {svcpriority: 1, targetname: ., svcparams: {alpn: [h2, h3], port: 8443}}',
    ],
    ['HTTPS 0 cdn', 'value: {svcpriority: 0, targetname: cdn.example.com., svcparams:}'],
    ['PTR .', "value: '\\# 1 00'"],
    ['TYPE65280 \\# 2 0a01', "value: '\\# 2 0a01'"],
  ];
  for (const [record, line] of values) {
    it(`${record} is ${line}`, () => {
      const yaml = toYaml(`$TTL 1h\n@ SOA . . 1 2 3 4 5\nx ${record}\n`);
      expect(yaml.trimEnd().split('\n').at(-1)).to.equal(`  ${line}`);
    });
  }
});

function exportText(zone: ZoneSource): string {
  const records = [...zone.records];
  return formatMaster(
    zone.apex,
    records.map((record) => {
      if (record.kind !== 'static') throw new Error(`${formatName(record.owner)} is steered`);
      return { record };
    }),
  );
}

function importText(text: string, apex: Uint8Array): MasterZone {
  return read(new SourceFile('z.zone', text), apex);
}

function read(source: SourceFile, apex: Uint8Array): MasterZone {
  const diagnostics = new Diagnostics();
  const zone = readMasterZone(source, apex, diagnostics);
  if (zone === undefined)
    throw new Error(`${diagnostics.list.map(formatProblem).join('\n')}\n${source.text}`);
  return zone;
}

function loadYaml(text: string, apex: Uint8Array): ZoneSource {
  const diagnostics = new Diagnostics();
  const zone = loadOctodnsZone(apex, [new SourceFile('z.yaml', text)], diagnostics, () => 'no file');
  if (zone === undefined) throw new Error(`${diagnostics.list.map(formatProblem).join('\n')}\n${text}`);
  return zone;
}
