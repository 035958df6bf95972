import { expect } from 'chai';
import { lines, loadGood } from './load-text.js';

/** What octoDNS YAML says under `x:`, and the records that it stands for. */
const ROWS: readonly { readonly type: string; readonly yaml: string; readonly records: readonly string[] }[] =
  [
    { type: 'A', yaml: '{type: A, value: 192.0.2.1}', records: ['3600 A 192.0.2.1'] },
    {
      type: 'A',
      yaml: '{type: A, ttl: 60, values: [192.0.2.2, 192.0.2.1]}',
      records: ['60 A 192.0.2.2 | 192.0.2.1'],
    },
    {
      type: 'A',
      yaml: '{type: A, value: [192.0.2.2, 192.0.2.1]}',
      records: ['3600 A 192.0.2.2 | 192.0.2.1'],
    },
    { type: 'A', yaml: '{type: A, values: 192.0.2.2}', records: ['3600 A 192.0.2.2'] },
    { type: 'A', yaml: "{type: A, value: '\\# 4 c0000201'}", records: ['3600 A 192.0.2.1'] },
    { type: 'AAAA', yaml: '{type: AAAA, value: 2001:db8::1}', records: ['3600 AAAA 2001:db8::1'] },
    {
      type: 'CAA',
      yaml: '{type: CAA, value: {tag: issue, value: ca.example}}',
      records: ['3600 CAA 0 issue "ca.example"'],
    },
    {
      type: 'CAA',
      yaml: '{type: CAA, value: {flags: 128, tag: iodef, value: "mailto:a@example.com"}}',
      records: ['3600 CAA 128 iodef "mailto:a@example.com"'],
    },
    {
      type: 'CNAME',
      yaml: '{type: CNAME, value: www.example.net.}',
      records: ['3600 CNAME www.example.net.'],
    },
    { type: 'DNAME', yaml: '{type: DNAME, value: example.net.}', records: ['3600 DNAME example.net.'] },
    {
      type: 'DS',
      yaml: `{type: DS, value: {key_tag: 1, algorithm: 13, digest_type: 2, digest: ${'AB'.repeat(32)}}}`,
      records: [`3600 DS 1 13 2 ${'ab'.repeat(32)}`],
    },
    {
      type: 'DS',
      yaml: `{type: DS, value: {flags: 1, protocol: 13, algorithm: 2, public_key: ${'ab'.repeat(32)}}}`,
      records: [`3600 DS 1 13 2 ${'ab'.repeat(32)}`],
    },
    { type: 'HINFO', yaml: '{type: HINFO, value: {cpu: PC, os: BSD}}', records: ['3600 HINFO "PC" "BSD"'] },
    {
      type: 'HTTPS',
      yaml: '{type: HTTPS, value: {svcpriority: 1, targetname: ., svcparams: {alpn: [h3, h2], no-default-alpn: , port: 8443, ipv4hint: [192.0.2.1], ipv6hint: ["2001:db8::1"], mandatory: [alpn, port], ech: AAAA, key65400: text}}}',
      records: [
        '3600 HTTPS 1 . mandatory=alpn,port alpn="h3,h2" no-default-alpn port=8443 ipv4hint=192.0.2.1 ech=AAAA ipv6hint=2001:db8::1 key65400="text"',
      ],
    },
    {
      type: 'HTTPS',
      yaml: '{type: HTTPS, value: {svcpriority: 0, targetname: cdn.example.net.}}',
      records: ['3600 HTTPS 0 cdn.example.net.'],
    },
    {
      type: 'LOC',
      yaml: '{type: LOC, value: {lat_degrees: 31, lat_minutes: 58, lat_seconds: 52.1, lat_direction: S, long_degrees: 115, long_minutes: 49, long_seconds: 11.7, long_direction: e, altitude: 20, size: 10, precision_horz: 10, precision_vert: 2}}',
      records: ['3600 LOC 31 58 52.100 S 115 49 11.700 E 20.00m 10.00m 10.00m 2.00m'],
    },
    {
      type: 'LOC',
      yaml: '{type: LOC, value: 31 58 52.1 S 115 49 11.7 E 20m}',
      records: ['3600 LOC 31 58 52.100 S 115 49 11.700 E 20.00m 1.00m 10000.00m 10.00m'],
    },
    {
      type: 'MX',
      yaml: '{type: MX, values: [{preference: 10, exchange: a.example.net.}, {priority: 20, value: b.example.net.}]}',
      records: ['3600 MX 10 a.example.net. | 20 b.example.net.'],
    },
    { type: 'MX', yaml: '{type: MX, value: {preference: 0, exchange: .}}', records: ['3600 MX 0 .'] },
    { type: 'MX', yaml: '{type: MX, value: 10 a.example.net.}', records: ['3600 MX 10 a.example.net.'] },
    {
      type: 'NAPTR',
      yaml: "{type: NAPTR, value: {order: 1, preference: 2, flags: u, service: SIP+D2U, regexp: '!^.*$!sip:a@example.com!', replacement: .}}",
      records: ['3600 NAPTR 1 2 "U" "SIP+D2U" "!^.*$!sip:a@example.com!" .'],
    },
    {
      type: 'NS',
      yaml: '{type: NS, values: [ns1.example.net., 6.2.3.4.]}',
      records: ['3600 NS ns1.example.net. | 6.2.3.4.'],
    },
    {
      type: 'OPENPGPKEY',
      yaml: '{type: OPENPGPKEY, value: "mQEN BA=="}',
      records: ['3600 OPENPGPKEY mQENBA=='],
    },
    {
      type: 'PTR',
      yaml: '{type: PTR, values: [a.example.net., b.example.net.]}',
      records: ['3600 PTR a.example.net. | b.example.net.'],
    },
    { type: 'SPF', yaml: '{type: SPF, value: v=spf1 -all}', records: ['3600 SPF "v=spf1 -all"'] },
    {
      type: 'SRV',
      yaml: '{type: SRV, value: {priority: 1, weight: 2, port: 443, target: a.example.net.}}',
      records: ['3600 SRV 1 2 443 a.example.net.'],
    },
    {
      type: 'SRV',
      yaml: '{type: SRV, value: {priority: 0, weight: 0, port: 0, target: .}}',
      records: ['3600 SRV 0 0 0 .'],
    },
    {
      type: 'SSHFP',
      yaml: `{type: SSHFP, value: {algorithm: 4, fingerprint_type: 1, fingerprint: ${'0'.repeat(40)}}}`,
      records: [`3600 SSHFP 4 1 ${'0'.repeat(40)}`],
    },
    {
      type: 'SVCB',
      yaml: '{type: SVCB, value: {svcpriority: 1, targetname: a.example.net., svcparams: {key667: hello}}}',
      records: ['3600 SVCB 1 a.example.net. key667="hello"'],
    },
    {
      type: 'TLSA',
      yaml: `{type: TLSA, value: {certificate_usage: 3, selector: 1, matching_type: 1, certificate_association_data: ${'cd'.repeat(32)}}}`,
      records: [`3600 TLSA 3 1 1 ${'cd'.repeat(32)}`],
    },
    { type: 'TXT', yaml: '{type: TXT, values: [one two, three]}', records: ['3600 TXT "one two" | "three"'] },
    {
      type: 'URI',
      yaml: '{type: URI, value: {priority: 1, weight: 2, target: "https://example.net/"}}',
      records: ['3600 URI 1 2 "https://example.net/"'],
    },
    {
      type: 'ALIAS',
      yaml: '{type: ALIAS, value: www.example.net.}',
      records: ['3600 ALIAS www.example.net.'],
    },
    {
      type: 'URLFWD',
      yaml: '{type: URLFWD, values: [{path: /, target: "http://a.example.net", code: 302, masking: 2, query: 0}, {path: /b, target: "https://b.example.net/x?y", code: 301, masking: 0, query: 1}]}',
      records: [
        `3600 URLFWD ${JSON.stringify([
          { path: '/', target: 'http://a.example.net', code: 302, masking: 2, query: 0 },
          { path: '/b', target: 'https://b.example.net/x?y', code: 301, masking: 0, query: 1 },
        ])}`,
      ],
    },
    { type: 'SOA', yaml: '', records: [] },
    { type: 'GSLB', yaml: '{type: GSLB, service: web}', records: ['3600 GSLB web'] },
    { type: 'GSLB', yaml: '{type: GSLB, service: web, ttl: 30}', records: ['30 GSLB web (ttl given)'] },
    {
      type: 'TYPE65280',
      yaml: "{type: TYPE65280, values: ['\\# 4 0a000001', '\\# 0']}",
      records: ['3600 TYPE65280 \\# 4 0a000001 | \\# 0'],
    },
    {
      type: 'TYPE15',
      yaml: '{type: TYPE15, value: 10 a.example.net.}',
      records: ['3600 MX 10 a.example.net.'],
    },
    { type: 'TYPE16', yaml: '{type: TYPE16, value: \'"a;b" "\\255"\'}', records: ['3600 TXT "a;b" "\\255"'] },
    {
      type: 'several',
      yaml: '[{type: A, value: 192.0.2.1}, {type: TXT, value: a}]',
      records: ['3600 A 192.0.2.1', '3600 TXT "a"'],
    },
  ];

const OCTODNS_TYPES =
  'A AAAA ALIAS CAA CNAME DNAME DS HTTPS LOC MX NAPTR NS OPENPGPKEY PTR SPF SRV SSHFP SVCB TLSA TXT URI URLFWD'.split(
    ' ',
  );

describe('zonefile/octodns: every type of octoDNS YAML', () => {
  for (const { type, yaml, records } of ROWS) {
    if (yaml === '') continue;
    it(`${type}: ${yaml.slice(0, 70)}`, () => {
      const zone = loadGood(`_x._tcp: ${yaml}\n`);
      expect(lines(zone)).to.deep.equal(records.map((record) => `_x._tcp.example.com. ${record}`));
    });
  }

  it('has a row of this table for each type of octoDNS', () => {
    const tested = new Set(ROWS.map(({ type }) => type));
    expect(OCTODNS_TYPES.filter((type) => !tested.has(type))).to.deep.equal([]);
  });
});

describe('zonefile/octodns: SOA', () => {
  const soa = (yaml: string, apex = 'example.com.'): [string, boolean] => {
    const zone = loadGood(yaml, apex);
    return [
      lines({ ...zone, serialAuto: false }).find((line) => line.includes(' SOA ')) ?? '',
      zone.serialAuto,
    ];
  };

  it('is derived from the first name server when there is none', () => {
    const [line, auto] = soa("'': {type: NS, values: [ns1.example.net., ns2.example.net.]}\n");
    expect(line).to.equal(
      'example.com. 3600 SOA ns1.example.net. hostmaster.example.com. 0 7200 900 1209600 300',
    );
    expect(auto).to.equal(true);
  });

  it('is derived from the apex when there is no name server either', () => {
    expect(soa('www: {type: A, value: 192.0.2.1}\n')[0]).to.equal(
      'example.com. 3600 SOA example.com. hostmaster.example.com. 0 7200 900 1209600 300',
    );
  });

  it('takes names relative to the apex, numbers as durations, and `serial: auto`', () => {
    const value =
      '{mname: ns1, rname: hostmaster, serial: auto, refresh: 2h, retry: 900, expire: 14d, minimum: 5m}';
    expect(soa(`'': {type: SOA, ttl: 300, value: ${value}}\n`)).to.deep.equal([
      'example.com. 300 SOA ns1.example.com. hostmaster.example.com. 0 7200 900 1209600 300',
      true,
    ]);
  });

  it('takes a serial, absolute names, and defaults for what is missing', () => {
    expect(soa("'': {type: SOA, value: {mname: ns1.example.net., serial: 2026010101}}\n")).to.deep.equal([
      'example.com. 3600 SOA ns1.example.net. hostmaster.example.com. 2026010101 7200 900 1209600 300',
      false,
    ]);
  });

  it('takes presentation format', () => {
    expect(soa("'': {type: SOA, value: ns1 hostmaster 7 1 2 3 4}\n")).to.deep.equal([
      'example.com. 3600 SOA ns1.example.com. hostmaster.example.com. 7 1 2 3 4',
      false,
    ]);
  });
});
