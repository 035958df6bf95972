import { expect } from 'chai';
import { load } from './load-text.js';

/** A zone and all that is said of it. The zone has its NS, so that this is not said each time. */
const NS = "'': {type: NS, values: [ns1.example.net.]}\n";

interface Wrong {
  readonly name: string;
  readonly yaml: string;
  /** Without `z.yaml:`; lines count from the first of `yaml`. */
  readonly says: readonly string[];
  /** True when it is served all the same. */
  readonly served?: boolean;
}

const WRONG: readonly Wrong[] = [
  {
    name: 'an owner name @',
    yaml: "'@': {type: A, value: 192.0.2.1}",
    says: ['1:1: error: "@" is no owner name in octoDNS YAML (write \'\' for the apex)'],
  },
  {
    name: 'an absolute owner name',
    yaml: 'www.example.com.: {type: A, value: 192.0.2.1}',
    says: [
      '1:1: error: owner name "www.example.com." ends with a dot (owner names are relative to the apex: write "www")',
    ],
  },
  {
    name: 'the apex by its name',
    yaml: 'example.com.: {type: A, value: 192.0.2.1}',
    says: [
      '1:1: error: owner name "example.com." ends with a dot (owner names are relative to the apex: write \'\')',
    ],
  },
  {
    name: 'an owner name that repeats the apex',
    yaml: 'www.example.com: {type: A, value: 192.0.2.1}',
    served: true,
    says: [
      '1:1: warning: owner names are relative to the apex: this is www.example.com.example.com. (write "www")',
    ],
  },
  {
    name: 'an empty label',
    yaml: 'a..b: {type: A, value: 192.0.2.1}',
    says: ['1:1: error: name "a..b" has an empty label'],
  },
  {
    name: 'a long label',
    yaml: `${'a'.repeat(64)}: {type: A, value: 192.0.2.1}`,
    says: [`1:1: error: a label of "${'a'.repeat(64)}" has 64 octets; 63 are the most (RFC 1035 §2.3.4)`],
  },
  {
    name: 'a space in a name',
    yaml: 'a b: {type: A, value: 192.0.2.1}',
    says: ['1:1: error: owner name "a b" has a space in it'],
  },
  {
    name: 'a label that IDNA forbids',
    yaml: '"\\uFFFD": {type: A, value: 192.0.2.1}',
    says: ['1:1: error: label "\uFFFD" is not allowed in a domain name (IDNA)'],
  },
  {
    name: 'an empty key',
    yaml: '? \n: {type: A, value: 192.0.2.1}',
    says: ["1:3: error: a key is empty (write '' for the apex)"],
  },
  {
    name: 'a name twice',
    yaml: 'a: {type: A, value: 192.0.2.1}\na: {type: TXT, value: x}',
    says: [
      '2:1: error: "a" is written twice (the first is on line 2; for several types at a name write a list)',
    ],
  },
  {
    name: 'a record that is text',
    yaml: 'a: 192.0.2.1',
    says: [
      '1:4: error: a record must be a map but is "192.0.2.1" (write {type: A, value: 192.0.2.1}, or a list of such maps)',
    ],
  },
  {
    name: 'no type',
    yaml: 'a: {value: 192.0.2.1}',
    says: ['1:4: error: the record has no type (write "type: A", say)'],
  },
  {
    name: 'a type in lower case',
    yaml: 'a: {type: a, value: 192.0.2.1}',
    says: ['1:11: error: unknown type "a" (did you mean "A"?)'],
  },
  {
    name: 'a misspelt type',
    yaml: 'a: {type: CNMAE, value: x.}',
    says: ['1:11: error: unknown type "CNMAE" (did you mean "CNAME"?)'],
  },
  {
    name: 'a type that is no RR',
    yaml: "a: {type: TYPE255, value: '\\# 0'}",
    says: ['1:11: error: TYPE255 is no type of a record in a zone'],
  },
  {
    name: 'an unknown key',
    yaml: 'a: {type: A, valeu: 192.0.2.1, value: 192.0.2.1}',
    says: ['1:14: error: A record has no key "valeu" (did you mean "value"?)'],
  },
  {
    name: 'an unknown key of a lenient record',
    yaml: 'a: {type: A, x: 1, value: 192.0.2.1, octodns: {lenient: true}}',
    served: true,
    says: [
      '1:14: warning: A record has no key "x" (known are type, ttl, value, values, octodns, dynamic, geo)',
    ],
  },
  {
    name: 'a key twice',
    yaml: 'a: {type: A, value: 192.0.2.1, value: 192.0.2.2}',
    says: [
      '1:32: error: "value" is written twice (the first is on line 2; for several types at a name write a list)',
    ],
  },
  {
    name: 'a ttl that is a duration',
    yaml: 'a: {type: A, ttl: 5m, value: 192.0.2.1}',
    says: [
      '1:19: error: ttl must be 0 to 2147483647 seconds but is "5m" (octoDNS takes a number of seconds)',
    ],
  },
  {
    name: 'a negative ttl',
    yaml: 'a: {type: A, ttl: -1, value: 192.0.2.1}',
    says: ['1:19: error: ttl must be 0 to 2147483647 seconds but is "-1"'],
  },
  {
    name: 'no value',
    yaml: 'a: {type: A}',
    says: ['1:4: error: A record has no value (write "value: …" or "values: […]")'],
  },
  {
    name: 'an empty value',
    yaml: 'a: {type: A, value: }',
    says: ['1:21: error: A record has an empty value'],
  },
  { name: 'an empty list', yaml: 'a: {type: A, values: []}', says: ['1:22: error: A record has no value'] },
  {
    name: 'value and values',
    yaml: 'a: {type: A, value: 192.0.2.1, values: [192.0.2.2]}',
    served: true,
    says: ['1:21: warning: "value" is not used: there are both "value" and "values"'],
  },
  {
    name: 'values of a CNAME',
    yaml: 'a: {type: CNAME, values: [x.]}',
    says: ['1:26: error: CNAME has one value (write "value: …" with that one)'],
  },
  {
    name: 'a list of a CNAME',
    yaml: 'a: {type: CNAME, value: [x.]}',
    says: ['1:25: error: CNAME value must be one value, not a list'],
  },
  {
    name: 'no IPv4 address',
    yaml: 'a: {type: A, values: [192.0.2.1, 192.0.2.256, "2001:db8::1"]}',
    says: [
      '1:34: error: A value must be an IPv4 address but is "192.0.2.256"',
      '1:47: error: A value must be an IPv4 address but is "2001:db8::1"',
    ],
  },
  {
    name: 'the same value twice',
    yaml: 'a: {type: A, values: [192.0.2.1, 192.0.2.1]}',
    served: true,
    says: ['1:34: warning: the same value is given above: it is served once'],
  },
  {
    name: 'a name without final dot',
    yaml: 'a: {type: CNAME, value: ns1.example.com}',
    says: [
      '1:25: error: CNAME value must end with a dot but is "ns1.example.com" (write "ns1.example.com.", or "ns1.example.com.example.com." for a name in this zone)',
    ],
  },
  {
    name: 'a URL where a name belongs',
    yaml: "a: {type: CNAME, value: 'https://example.com/'}",
    says: [
      '1:25: error: CNAME value must be a domain name but "https://example.com/" has ":" in it (a URL is not a domain name)',
    ],
  },
  {
    name: 'the root as target of a CNAME',
    yaml: 'a: {type: CNAME, value: .}',
    says: ['1:25: error: CNAME value must not be the root'],
  },
  {
    name: 'a map without a key',
    yaml: 'a: {type: MX, value: {exchange: x.}}',
    says: ['1:22: error: MX value has no preference'],
  },
  {
    name: 'a map with a wrong key and a wrong number',
    yaml: 'a: {type: MX, value: {preference: ten, exchang: x., exchange: y.}}',
    says: [
      '1:40: error: MX value has no key "exchang" (did you mean "exchange"?)',
      '1:35: error: preference must be 0 to 65535 but is "ten"',
    ],
  },
  {
    name: 'presentation format that is wrong',
    yaml: 'a: {type: MX, value: ten x.}',
    says: ['1:22: error: MX value preference must be 0 to 65535 but is "ten"'],
  },
  {
    name: 'a list where a map belongs',
    yaml: 'a: {type: MX, value: [[10, x.]]}',
    says: [
      '1:23: error: MX value must be a map but is a list (its keys are preference, exchange, priority, value)',
    ],
  },
  {
    name: 'LOC without a key',
    yaml: 'a: {type: LOC, value: {lat_degrees: 1}}',
    says: ['1:23: error: LOC value needs lat_minutes'],
  },
  {
    name: 'a semicolon that is not escaped',
    yaml: "a: {type: TXT, value: 'v=DMARC1; p=none'}",
    served: true,
    says: ['1:23: warning: TXT value has a semicolon that is not escaped (octoDNS wants "\\;")'],
  },
  {
    name: 'a semicolon that is escaped twice',
    yaml: "a: {type: TXT, value: 'v=DMARC1\\\\; p=none'}",
    says: ['1:23: error: TXT value has a semicolon that is escaped twice (write "\\;")'],
  },
  {
    name: 'TXT that is not ASCII',
    yaml: 'a: {type: TXT, value: ü}',
    says: [
      '1:23: error: TXT value has a character that is not ASCII (octodns: {lenient: true} serves it in UTF-8)',
    ],
  },
  {
    name: 'a fingerprint of the wrong length',
    yaml: 'a: {type: SSHFP, value: {algorithm: 1, fingerprint_type: 2, fingerprint: abcd}}',
    says: [
      '1:25: error: SSHFP value of fingerprint_type 2 needs 32 octets (64 hexadecimal digits) but has 2',
    ],
  },
  {
    name: 'a digest of the wrong length',
    yaml: 'a: [{type: NS, value: x.}, {type: DS, value: {key_tag: 1, algorithm: 13, digest_type: 2, digest: abcd}}]',
    served: true,
    says: ['1:46: warning: DS value of digest_type 2 needs 32 octets (64 hexadecimal digits) but has 2'],
  },
  {
    name: 'svcparams in AliasMode',
    yaml: 'a: {type: HTTPS, value: {svcpriority: 0, targetname: x., svcparams: {port: 1}}}',
    says: ['1:25: error: HTTPS value of svcpriority 0 (AliasMode) takes no svcparams'],
  },
  {
    name: 'an unknown SvcParam',
    yaml: 'a: {type: HTTPS, value: {svcpriority: 1, targetname: x., svcparams: {prot: 1}}}',
    says: [
      '1:69: error: svcparams has an unknown SvcParam "prot" (known are mandatory, alpn, no-default-alpn, port, ipv4hint, ech, ipv6hint, dohpath, ohttp, key0 to key65535)',
    ],
  },
  {
    name: 'alpn that is no list',
    yaml: 'a: {type: HTTPS, value: {svcpriority: 1, targetname: x., svcparams: {alpn: h2}}}',
    says: ['1:69: error: svcparams must have a list in alpn (write alpn: [ … ])'],
  },
  {
    name: 'SRV at another name',
    yaml: 'a: {type: SRV, value: {priority: 0, weight: 0, port: 1, target: x.}}',
    served: true,
    says: ['1:4: warning: SRV belongs to a name such as _https._tcp (octoDNS refuses other names)'],
  },
  {
    name: 'URLFWD that is wrong',
    yaml: 'a: {type: URLFWD, value: {path: x, target: example.net, code: 307, masking: 3, query: 2}}',
    says: [
      '1:33: error: path must begin with "/" but is "x"',
      '1:63: error: code must be 301 or 302 but is 307',
      '1:77: error: masking must be 0, 1 or 2 but is 3',
      '1:87: error: query must be 0 or 1 but is 2',
      '1:44: error: target must be a URL such as https://www.example.com/ but is "example.net"',
    ],
  },
  {
    name: 'GSLB without a service',
    yaml: 'a: {type: GSLB, value: web}',
    says: [
      '1:17: error: GSLB record has no key "value" (known are type, service, ttl, octodns)',
      '1:4: error: GSLB record has no service (write "service: …", a file of services/ without .yaml)',
    ],
  },
  {
    name: 'an unknown type in another form',
    yaml: 'a: {type: TYPE65280, value: {a: 1}}',
    says: ['1:29: error: TYPE65280 value must be RDATA as text (RFC 3597 §5) but is a map'],
  },
  {
    name: 'SOA below the apex',
    yaml: 'a: {type: SOA, value: {mname: ns1}}',
    says: ["1:4: error: SOA belongs to the apex (write it under '')"],
  },
  {
    name: 'a type twice in a list',
    yaml: 'a: [{type: A, value: 192.0.2.1}, {type: A, value: 192.0.2.2}]',
    says: [
      '1:34: error: A at a.example.com. is written twice (the first is at z.yaml:2; one record takes all values of a type)',
    ],
  },
  {
    name: 'a type twice by its number',
    yaml: "a: [{type: A, value: 192.0.2.1}, {type: TYPE1, value: '\\# 4 c0000202'}]",
    says: [
      '1:34: error: A at a.example.com. is written twice (the first is at z.yaml:2; one record takes all values of a type)',
    ],
  },
  {
    name: 'a type twice under two spellings',
    yaml: 'a: {type: A, value: 192.0.2.1}\nA: {type: A, value: 192.0.2.2}',
    says: [
      '2:4: error: A at A.example.com. is written twice (the first is at z.yaml:2; one record takes all values of a type)',
    ],
  },
  {
    name: 'CNAME and other data',
    yaml: 'a: [{type: CNAME, value: x.}, {type: TXT, value: x}]',
    says: ['1:31: error: TXT beside CNAME at a.example.com.: a CNAME stands alone (RFC 1034 §3.6.2)'],
  },
  {
    name: 'CNAME and DNAME',
    yaml: 'a: [{type: CNAME, value: x.}, {type: DNAME, value: x.}]',
    says: ['1:31: error: DNAME beside CNAME at a.example.com.: a CNAME stands alone (RFC 6672 §2.4)'],
  },
  {
    name: 'CNAME and GSLB',
    yaml: 'a: [{type: GSLB, service: web}, {type: CNAME, value: x.}]',
    says: ['1:5: error: GSLB beside CNAME at a.example.com.: a CNAME stands alone (RFC 1034 §3.6.2)'],
  },
  {
    name: 'GSLB and addresses',
    yaml: 'a: [{type: GSLB, service: web}, {type: A, value: 192.0.2.1}]',
    says: ['1:33: error: A beside GSLB at a.example.com.: the service answers A and AAAA'],
  },
  {
    name: 'GSLB and ALIAS',
    yaml: 'a: [{type: GSLB, service: web}, {type: ALIAS, value: x.}]',
    says: ['1:33: error: ALIAS beside GSLB at a.example.com.: both answer A and AAAA'],
  },
  {
    name: 'ALIAS and addresses',
    yaml: 'a: [{type: ALIAS, value: x.}, {type: AAAA, value: "2001:db8::1"}]',
    says: ['1:31: error: AAAA beside ALIAS at a.example.com.: ALIAS answers A and AAAA'],
  },
  {
    name: 'DNAME and NS',
    yaml: 'a: [{type: NS, value: x.}, {type: DNAME, value: x.}]',
    says: ['1:28: error: DNAME beside NS at a.example.com. (RFC 6672 §2.3)'],
  },
  {
    name: 'data below a DNAME',
    yaml: 'a: {type: DNAME, value: x.}\nb.a: {type: A, value: 192.0.2.1}\nc.b.a: {type: A, value: 192.0.2.1}',
    served: true,
    says: [
      '2:6: warning: A is not served: a.example.com. has a DNAME (RFC 6672 §2.4), nor are 1 more below it',
    ],
  },
  {
    name: 'data below a zone cut, glue aside',
    yaml: 'a: {type: NS, value: ns.a.example.com.}\nns.a: {type: A, value: 192.0.2.1}\nb.a: {type: TXT, value: x}',
    served: true,
    says: ['3:6: warning: TXT is not served: a.example.com. is delegated'],
  },
  {
    name: 'other data at a zone cut',
    yaml: 'a: [{type: NS, value: x.}, {type: MX, value: 1 x.}]',
    served: true,
    says: ['1:28: warning: MX at the zone cut a.example.com. is not served: it belongs to the zone below'],
  },
  {
    name: 'NS at a wildcard',
    yaml: "'*.a': {type: NS, value: x.}",
    served: true,
    says: ['1:8: warning: NS at a wildcard means nothing certain (RFC 4592 §4.2, §4.4)'],
  },
  {
    name: 'a tag that is unknown',
    yaml: 'a: !secret x',
    says: ['1:12: error: the tag !secret is unknown (octoDNS has one tag, !include)'],
  },
  {
    name: 'an include that is not there',
    yaml: 'a: !include x.yaml',
    says: ['1:13: error: "x.yaml" does not exist'],
  },
  {
    name: 'an include that includes itself',
    yaml: 'a: !include z.yaml',
    says: ['1:13: error: includes itself: z.yaml → z.yaml'],
  },
  {
    name: 'an alias without anchor',
    yaml: 'a: *x',
    says: ['1:4: error: there is no anchor &x above, or it contains itself'],
  },
  {
    name: 'an anchor inside itself',
    yaml: 'a: &x [*x]',
    says: ['1:8: error: there is no anchor &x above, or it contains itself'],
  },
  {
    name: 'a wildcard without quotes',
    yaml: '*: {type: A, value: 192.0.2.1}',
    says: [
      "1:1: error: implicit map keys need to be followed by map values (a text that begins with * needs quotes: '*')",
    ],
  },
];

describe('zonefile/octodns: what is wrong with a zone, and where', () => {
  for (const { name, yaml, says, served = false } of WRONG) {
    it(name, () => {
      const files = { 'z.yaml': 'a: 1' };
      const { zone, problems } = load(`${NS}${yaml}\n`, files);
      const expected = says.map((line) => line.replace(/^\d+/, (number) => `z.yaml:${Number(number) + 1}`));
      expect(problems).to.deep.equal(expected);
      expect(zone !== undefined).to.equal(served);
    });
  }

  it('a CNAME at the apex', () => {
    expect(load("'': {type: CNAME, value: x.}\n").problems).to.deep.equal([
      'z.yaml:1:5: error: CNAME at the apex would be beside SOA and NS (RFC 1034 §3.6.2) (use ALIAS, or GSLB)',
    ]);
  });

  it('no NS at the apex', () => {
    expect(load('a: {type: A, value: 192.0.2.1}\n').problems).to.deep.equal([
      "z.yaml:1:1: warning: example.com. has no NS record (write NS under '', so that resolvers can check the delegation)",
    ]);
  });

  it('a name server inside the zone without an address', () => {
    expect(
      load("'': {type: NS, values: [ns1.example.com., ns2.example.com.]}\nns1: {type: A, value: 192.0.2.1}\n")
        .problems,
    ).to.deep.equal(['z.yaml:1:5: warning: name server ns2.example.com. is in this zone but has no address']);
  });

  it('a file that is no map', () => {
    for (const [text, found] of [
      ['- a\n', 'a list'],
      ['text\n', '"text"'],
    ]) {
      expect(load(text as string).problems).to.deep.equal([
        `z.yaml:1:1: error: a zone file must be a map of owner names but is ${found} (write www: {type: A, value: 192.0.2.1}, and '' for the apex)`,
      ]);
    }
  });

  it('all errors of a file at once, those of YAML included', () => {
    const { problems } = load('a: {type: A, value: x}\nb: {type: X, value: y}\nc: {ttl: 1}\n');
    expect(problems.filter((line) => line.includes('error'))).to.have.length(3);
    expect(load('a: {type: A\nb: [1, 2\n').problems.length).to.be.greaterThan(1);
    expect(load('a: b\n---\nc: d\n').problems[0]).to.contain('error: source contains multiple documents');
  });

  it('an SOA that is wrong', () => {
    const { problems } = load(`'': {type: SOA, value: {mname: ns1, serial: yes, refres: 1, retry: -1}}\n`);
    expect(problems).to.deep.equal([
      'z.yaml:1:50: error: SOA value has no key "refres" (did you mean "refresh"?)',
      'z.yaml:1:45: error: serial must be 0 to 4294967295 but is "yes"',
      'z.yaml:1:68: error: retry must be 0 to 4294967295 but is "-1"',
    ]);
    expect(load("'': {type: SOA, value: {rname: a}}\n").problems[0]).to.equal(
      'z.yaml:1:24: error: mname is missing',
    );
    expect(load("'': {type: SOA, value: {mname: a, rname: a@example.com}}\n").problems[0]).to.equal(
      'z.yaml:1:42: error: rname must be a domain name but "a@example.com" has "@" in it',
    );
  });
});
