import { expect } from 'chai';
import { formatAddress } from '../../src/config/address.js';
import { Diagnostics, SourceFile } from '../../src/config/diagnostics.js';
import { loadService, loadServices } from '../../src/config/load-services.js';
import type { CheckSpec, ServiceSpec } from '../../src/steer/spec.js';
import { formatName } from '../../src/wire/name.js';
import { shown, withFiles } from './support.js';

const LINES = new Set(['telecom', 'unicom']);

function load(text: string): ServiceSpec {
  const diagnostics = new Diagnostics();
  const service = loadService('web', new SourceFile('web.yaml', text), diagnostics, LINES);
  expect(diagnostics.list.filter(({ severity }) => severity === 'error')).deep.equal([]);
  return service as ServiceSpec;
}

/** What the user sees, without the lines that are shown. */
function said(text: string): string[] {
  return shown((diagnostics) => {
    const service = loadService('web', new SourceFile('web.yaml', text), diagnostics, LINES);
    expect(service === undefined).equal(diagnostics.hasErrors);
  })
    .split('\n')
    .filter((line) => line !== '' && !/^ +\d* \|/.test(line))
    .map((line) => line.replace(/^ +=/, '='));
}

const A = 'a: {addresses: 192.0.2.1}';
const AB = `members: {${A}, b: {addresses: 192.0.2.2}}`;

describe('loadService: what is read', () => {
  it('fills in the defaults of a service that says only its members', () => {
    const service = load(
      `members:\n  a: {addresses: [192.0.2.1, '2001:DB8::1']}\n  b: {host: CDN.example.net}\n`,
    );
    expect(service.name).equal('web');
    expect(service.members.map(({ addresses }) => addresses.map(formatAddress))).deep.equal([
      ['192.0.2.1', '2001:db8::1'],
      [],
    ]);
    expect(formatName(service.members[1]?.host as Uint8Array)).equal('CDN.example.net.');
    expect(service.members.map(({ weight, checks, where }) => ({ weight, checks, where }))).deep.equal([
      { weight: 1, checks: [], where: { file: 'web.yaml', line: 2, column: 3 } },
      { weight: 1, checks: [], where: { file: 'web.yaml', line: 3, column: 3 } },
    ]);
    expect(service.pools).deep.equal([
      {
        name: 'all',
        scheduler: 'wrr',
        members: [
          { member: 'a', weight: 1, status: 'obey' },
          { member: 'b', weight: 1, status: 'obey' },
        ],
      },
    ]);
    expect(service.rules).deep.equal([{ matches: [{}], pool: 'all' }]);
    expect(service.answers).deep.equal({ ttl: { min: 5, max: 60 }, whenAllDown: 'all' });
  });

  it('keeps members and pools in the order written', () => {
    const names = ['z', 'b2', '1a', 'constructor', 'a'];
    const members = names.map((name, i) => `  ${name}: {addresses: 192.0.2.${i + 1}}`).join('\n');
    expect(load(`members:\n${members}`).members.map(({ name }) => name)).deep.equal(names);
  });

  it('gives a pool its own weights and states, else those of members', () => {
    const { pools } = load(
      `members: {${A}, b: {addresses: 192.0.2.2, weight: 7}}
pools: {p: {members: [b, {member: a, weight: 0, status: down}], scheduler: fo}}`,
    );
    expect(pools[0]).deep.equal({
      name: 'p',
      scheduler: 'fo',
      members: [
        { member: 'b', weight: 7, status: 'obey' },
        { member: 'a', weight: 0, status: 'down' },
      ],
    });
  });

  it('reads conditions of rules, one or a list', () => {
    const { rules } = load(
      `${AB}
rules:
  - {subnets: 10.0.0.0/8, lines: [telecom, unicom], asns: [64500, AS64501], geos: EU-DE, pool: all}
  - {pool: all}`,
    );
    expect(rules).deep.equal([
      {
        matches: [
          {
            subnets: [{ family: 4, octets: Uint8Array.of(10, 0, 0, 0), bits: 8 }],
            lines: ['telecom', 'unicom'],
            asns: [64500, 64501],
            geos: ['EU-DE'],
          },
        ],
        pool: 'all',
      },
      { matches: [{}], pool: 'all' },
    ]);
  });

  const ttls: [string, { min: number; max: number }][] = [
    ['30', { min: 30, max: 30 }],
    ['5m', { min: 300, max: 300 }],
    ['{min: 10}', { min: 10, max: 60 }],
    ['{min: 100}', { min: 100, max: 100 }],
    ['{max: 2}', { min: 2, max: 2 }],
    ['{}', { min: 5, max: 60 }],
    ['0', { min: 0, max: 0 }],
  ];
  for (const [ttl, expected] of ttls) {
    it(`reads ttl: ${ttl}`, () =>
      expect(load(`${AB}\nanswers: {ttl: ${ttl}}`).answers.ttl).deep.equal(expected));
  }

  it('reads what to do when all are down', () => {
    const of = (word: string): unknown =>
      load(`${AB}\npools: {p: {members: [a]}, q: {members: [b]}}\nanswers: {when_all_down: ${word}}`).answers
        .whenAllDown;
    expect([of('all'), of('none'), of('q')]).deep.equal(['all', 'none', { pool: 'q' }]);
  });

  it('makes URLs end with a slash', () => {
    const { members } = load(`members: {a: {addresses: 192.0.2.1, url: 'HTTPS://a.example:8443/pub'}}`);
    expect(members[0]?.url).equal('https://a.example:8443/pub/');
  });
});

describe('loadService: checks', () => {
  const DEFAULTS: CheckSpec = {
    type: 'http',
    port: 80,
    path: '/',
    method: 'GET',
    headers: {},
    expect: { status: [200] },
    intervalMs: 10_000,
    timeoutMs: 4000,
    rise: 2,
    fall: 3,
  };
  const checksOf = (service: string, member = ''): readonly CheckSpec[] | undefined =>
    load(`${service}\nmembers: {a: {addresses: 192.0.2.1${member && `, ${member}`}}}`).members[0]?.checks;

  const table: [string, string, string, CheckSpec[]][] = [
    ['fills in the defaults of http', 'check: {type: http}', '', [DEFAULTS]],
    ['fills in the port of https', 'check: {type: https}', '', [{ ...DEFAULTS, type: 'https', port: 443 }]],
    [
      'halves the interval for a time-out where it must',
      'check: {type: tcp, port: 5, interval: 1s}',
      '',
      [{ ...DEFAULTS, type: 'tcp', port: 5, intervalMs: 1000, timeoutMs: 500 }],
    ],
    [
      'lets a member override key by key, also within expect and headers',
      'check: {type: http, path: /h, interval: 2, headers: {X-A: 1, X-B: 2}, expect: {status: 2xx, body: ok}}',
      'check: {port: 8080, headers: {X-B: 3}, expect: {status: [200, 300-302]}}',
      [
        {
          ...DEFAULTS,
          port: 8080,
          path: '/h',
          headers: { 'X-A': '1', 'X-B': '3' },
          expect: { status: [200, 300, 301, 302], body: 'ok' },
          intervalMs: 2000,
          timeoutMs: 1000,
        },
      ],
    ],
    [
      'keeps the timing but not the request where a member has another type',
      'check: {type: http, path: /h, port: 81, interval: 20s, rise: 9, target: 127.0.0.1}',
      'check: {type: tcp, port: 5}',
      [{ ...DEFAULTS, type: 'tcp', port: 5, target: '127.0.0.1', intervalMs: 20_000, rise: 9 }],
    ],
    ['lets a member switch probing off', 'check: {type: http}', 'check: none', []],
    ['takes none for a service', 'check: none', '', []],
    ['lets a member have a probe of its own', 'check: none', 'check: {type: http}', [DEFAULTS]],
    [
      'lets a member replace all',
      'checks: [{type: http}, {type: tcp, port: 5}]',
      'checks: [{type: https}]',
      [{ ...DEFAULTS, type: 'https', port: 443 }],
    ],
    [
      'lets a member override several at once',
      'checks: [{type: http}, {type: tcp, port: 5}]',
      'check: {target: 127.0.0.1}',
      [
        { ...DEFAULTS, target: '127.0.0.1' },
        { ...DEFAULTS, type: 'tcp', port: 5, target: '127.0.0.1' },
      ],
    ],
  ];
  for (const [name, service, member, expected] of table) {
    it(name, () => expect(checksOf(service, member)).deep.equal(expected));
  }

  it('expands 2xx', () => {
    expect(checksOf('check: {type: http, expect: {status: 2xx}}')?.[0]?.expect.status).length(100);
  });
});

describe('loadService: what is wrong', () => {
  it('shows everything at once, as it is printed', () => {
    const text = `members:
  fra1: {weight: -3, addresses: [192.0.2.10]}
  ams1: {addresses: [192.0.2.20], wieght: 3}
pools:
  europe: {members: [fra1, asm1], scheduler: wr}
rules:
  - {geos: [eu], pool: europ}
`;
    const output = shown((diagnostics) =>
      loadService('web', new SourceFile('services/web.yaml', text), diagnostics),
    );
    expect(output).equal(`services/web.yaml:2:18: error: weight must be 0 to 65535 but is -3
    2 |   fra1: {weight: -3, addresses: [192.0.2.10]}
      |                  ^^
services/web.yaml:3:3: warning: member ams1 is in no pool
    3 |   ams1: {addresses: [192.0.2.20], wieght: 3}
      |   ^^^^
services/web.yaml:3:35: error: unknown key "wieght" in ams1
    3 |   ams1: {addresses: [192.0.2.20], wieght: 3}
      |                                   ^^^^^^
      = did you mean "weight"?
services/web.yaml:5:3: warning: pool europe is never used: no rule, fallback or when_all_down names it
    5 |   europe: {members: [fra1, asm1], scheduler: wr}
      |   ^^^^^^
services/web.yaml:5:28: error: there is no member "asm1"
    5 |   europe: {members: [fra1, asm1], scheduler: wr}
      |                            ^^^^
      = did you mean "ams1"?
services/web.yaml:5:46: error: scheduler must be rr, wrr, fo, sh, mh, all or nearest but is "wr"
    5 |   europe: {members: [fra1, asm1], scheduler: wr}
      |                                              ^^
      = did you mean "wrr"?
services/web.yaml:7:5: error: the last rule must match everyone but has geos
    7 |   - {geos: [eu], pool: europ}
      |     ^^^^^^^^^^^^^^^^^^^^^^^^^
      = end with a rule without conditions: - {pool: …}
services/web.yaml:7:13: error: geos must be a geo code such as EU, EU-DE or NA-US-CA but is "eu"
    7 |   - {geos: [eu], pool: europ}
      |             ^^
      = did you mean "EU"?
services/web.yaml:7:24: error: there is no pool "europ"
    7 |   - {geos: [eu], pool: europ}
      |                        ^^^^^
      = did you mean "europe"?
`);
  });

  const P = `${AB}\npools: `;
  const R = `${AB}\nrules: `;
  const C = `members: {${A}}\ncheck: `;
  const table: [string, string[]][] = [
    ['', ['web.yaml:1:1: error: members is missing: it must be a map of members']],
    ['- a', ['web.yaml:1:1: error: the file must be a map but is a list']],
    ['text', ['web.yaml:1:1: error: the file must be a map but is "text"']],
    [
      'members: {}',
      ['web.yaml:1:10: error: members must be a map with at least one member but is an empty map'],
    ],
    ['members: [a]', ['web.yaml:1:10: error: members must be a map of members but is a list']],
    ['members: {a: }', ['web.yaml:1:14: error: a must be a map with addresses: or host: but is empty']],
    [
      'members: {a: {}}',
      [
        'web.yaml:1:11: error: a must have addresses or a host',
        '= addresses: [192.0.2.1] or host: www.example.net.',
      ],
    ],
    [
      'members: {a: {addresses: 192.0.2.1, host: b.example.}}',
      ['web.yaml:1:37: error: a must have addresses or a host, not both'],
    ],
    [
      'members: {7: {addresses: 192.0.2.1}}',
      [
        'web.yaml:1:11: error: a key must be a name of letters, digits, "-", "_" and ".", not of digits alone but is "7"',
      ],
    ],
    [
      'members: {a/b: {addresses: 192.0.2.1}}',
      [
        'web.yaml:1:11: error: a key must be a name of letters, digits, "-", "_" and ".", not of digits alone but is "a/b"',
      ],
    ],
    [
      'members: {a: {addresses: 1.2.3}}',
      ['web.yaml:1:26: error: addresses must be an IPv4 or IPv6 address but is "1.2.3"'],
    ],
    [
      'members: {a: {addresses: [192.0.2.1:80]}}',
      [
        'web.yaml:1:27: error: addresses must be an IPv4 or IPv6 address but is "192.0.2.1:80"',
        '= without port: DNS answers carry none',
      ],
    ],
    [
      'members: {a: {addresses: www.example.com}}',
      [
        'web.yaml:1:26: error: addresses must be an IPv4 or IPv6 address but is "www.example.com"',
        '= a name is given with host:',
      ],
    ],
    [
      'members: {a: {addresses: 5}}',
      ['web.yaml:1:26: error: addresses must be an IPv4 or IPv6 address, or a list of them but is 5'],
    ],
    [
      "members: {a: {addresses: ['::ffff:192.0.2.1']}}",
      [
        'web.yaml:1:27: error: addresses must be an IPv4 address in IPv4 form but is "::ffff:192.0.2.1"',
        '= did you mean "192.0.2.1"?',
      ],
    ],
    [
      'members: {a: {addresses: 0.0.0.0}, b: {addresses: "::"}, c: {addresses: ff02::1}, d: {addresses: 239.0.0.1}, e: {addresses: 255.255.255.255}}',
      [
        'web.yaml:1:26: error: addresses must be a member\'s own address, not the unspecified one but is "0.0.0.0"',
        'web.yaml:1:51: error: addresses must be a member\'s own address, not the unspecified one but is "::"',
        'web.yaml:1:73: error: addresses must be a unicast address, not a multicast one but is "ff02::1"',
        'web.yaml:1:98: error: addresses must be a unicast address, not a multicast one but is "239.0.0.1"',
        'web.yaml:1:125: error: addresses must be a unicast address, not the broadcast one but is "255.255.255.255"',
      ],
    ],
    ['members: {a: {addresses: [192.0.2.1, 192.0.2.1]}}', ['web.yaml:1:38: error: 192.0.2.1 is given twice']],
    [
      'members: {a: {host: 192.0.2.1}}',
      [
        'web.yaml:1:21: error: host must be a domain name such as www.example.net. but is "192.0.2.1"',
        '= an address is given with addresses:',
      ],
    ],
    [
      "members: {a: {host: 'https://x.example/'}}",
      [
        'web.yaml:1:21: error: host must be a domain name such as www.example.net. but is "https://x.example/"',
      ],
    ],
    [
      `members: {a: {host: ${'abcdefgh.'.repeat(30)}}}`,
      [
        `web.yaml:1:21: error: host must be a domain name such as www.example.net. but is "${'abcdefgh.'.repeat(30).slice(0, 60)}…"`,
        `= name "${'abcdefgh.'.repeat(30)}" takes 271 octets; 255 are the most (RFC 1035 §2.3.4)`,
      ],
    ],
    [
      `members: {a: {addresses: 192.0.2.1, url: 'ftp://x/'}, b: {addresses: 192.0.2.2, url: 'http://u:p@x/'}, c: {addresses: 192.0.2.3, url: 'http://x/?q'}, d: {addresses: 192.0.2.4, url: '//x/'}}`,
      [
        'web.yaml:1:42: error: url must be an absolute URL such as https://fra1.example.com/ but is "ftp://x/"',
        'web.yaml:1:86: error: url must be a URL without user and password but is "http://u:p@x/"',
        'web.yaml:1:135: error: url must be a URL without query and fragment but is "http://x/?q"',
        'web.yaml:1:182: error: url must be an absolute URL such as https://fra1.example.com/ but is "//x/"',
      ],
    ],
    [
      'members: {a: {addresses: 192.0.2.1, weight: 65536}, b: {addresses: 192.0.2.2, weight: 1.5}, c: {addresses: 192.0.2.3, weight: "5"}, d: {addresses: 192.0.2.4, weight: .inf}}',
      [
        'web.yaml:1:45: error: weight must be 0 to 65535 but is 65536',
        'web.yaml:1:87: error: weight must be a whole number from 0 to 65535 but is 1.5',
        'web.yaml:1:127: error: weight must be a whole number from 0 to 65535 but is "5"',
        'web.yaml:1:167: error: weight must be a whole number from 0 to 65535 but is .inf',
      ],
    ],
    [
      'members: {a: {addresses: 192.0.2.1, coordinates: [91, 0]}, b: {addresses: 192.0.2.2, coordinates: [1]}, c: {addresses: 192.0.2.3, coordinates: [1, x]}, d: {addresses: 192.0.2.4, coordinates: 5}}',
      [
        'web.yaml:1:51: error: coordinates must be -90 to 90 but is 91',
        'web.yaml:1:99: error: coordinates must be latitude and longitude in degrees, such as [50.1, 8.7] but is a list',
        'web.yaml:1:148: error: coordinates must be a number of degrees, -180 to 180 but is "x"',
        'web.yaml:1:192: error: coordinates must be latitude and longitude in degrees, such as [50.1, 8.7] but is 5',
      ],
    ],
    [
      `${P}{}`,
      [
        'web.yaml:2:8: error: pools must be a map with at least one pool but is an empty map',
        'web.yaml:1:11: warning: member a is in no pool',
        'web.yaml:1:38: warning: member b is in no pool',
      ],
    ],
    [
      `${P}{p: {members: []}, q: {members: [a, b]}}\nrules: [{pool: p}]\nanswers: {when_all_down: q}`,
      ['web.yaml:2:22: error: members must be a list with at least one member but is an empty list'],
    ],
    [`${P}{p: {members: [a, b, a]}}`, ['web.yaml:2:29: error: a is in the pool twice']],
    [
      `${P}{none: {members: [a, b]}}`,
      ['web.yaml:2:9: error: a pool must not be named none: it is a word of when_all_down'],
    ],
    [
      `${P}{p: {members: [a, b], scheduler: wlc}}`,
      [
        'web.yaml:2:41: error: scheduler must be rr, wrr, fo, sh, mh, all or nearest but is "wlc"',
        '= wlc is not built yet',
      ],
    ],
    [`${P}{p: {members: [a, b], fallback: x}}`, ['web.yaml:2:40: error: there is no pool "x"', '= pools: p']],
    [`${P}{p: {members: [a, b], fallback: p}}`, ['web.yaml:2:40: error: fallbacks go in a circle: p → p']],
    [
      `${P}{p: {members: [a], fallback: q}, q: {members: [b], fallback: r}, r: {members: [a], fallback: q}}`,
      ['web.yaml:2:69: error: fallbacks go in a circle: q → r → q'],
    ],
    [
      `${P}{p: {members: [a, b]}, q: {members: [a]}}`,
      ['web.yaml:2:31: warning: pool q is never used: no rule, fallback or when_all_down names it'],
    ],
    [`${R}[]`, ['web.yaml:2:8: error: rules must be a list with at least one rule but is an empty list']],
    [`${R}[{}]`, ["web.yaml:2:9: error: pool is missing: it must be a pool's name"]],
    [
      `${R}[{pools: all}]`,
      [
        "web.yaml:2:9: error: pool is missing: it must be a pool's name",
        'web.yaml:2:10: error: unknown key "pools" in rules',
        '= did you mean "pool"?',
      ],
    ],
    [
      `${R}[{pool: all}, {pool: all}]`,
      ['web.yaml:2:22: warning: this rule is never reached: the one before it matches everyone'],
    ],
    [
      `${R}[{subnets: [10.0.0.1/8], pool: all}, {pool: all}]`,
      [
        'web.yaml:2:20: error: subnets must be a prefix without bits past its first 8 but is "10.0.0.1/8"',
        '= did you mean "10.0.0.0/8"?',
      ],
    ],
    [
      `${R}[{lines: [telekom], pool: all}, {pool: all}]`,
      ['web.yaml:2:18: error: there is no line "telekom"', '= did you mean "telecom"?'],
    ],
    [
      `${R}[{asns: [0, ASX], pool: all}, {pool: all}]`,
      [
        'web.yaml:2:17: error: asns must be 1 to 4294967294 but is 0',
        'web.yaml:2:20: error: asns must be an AS number such as 64500 but is "ASX"',
      ],
    ],
    [
      `${R}[{geos: [], pool: all}, {pool: all}]`,
      [
        'web.yaml:2:16: error: geos must be a geo code such as EU, EU-DE or NA-US-CA, or a list with at least one but is an empty list',
      ],
    ],
    [
      `${AB}\nanswers: {count: 33, ttl: -1, when_all_down: nobody}`,
      [
        'web.yaml:2:18: error: count must be 1 to 32 but is 33',
        'web.yaml:2:27: error: ttl must be a duration such as 500ms, 10s, 5m or 1h but is -1',
        'web.yaml:2:46: error: there is no pool "nobody"',
        '= pools: all, none',
      ],
    ],
    [
      `${AB}\nanswers: {ttl: {min: 9, max: 5}}`,
      ['web.yaml:2:22: error: min must be at most max (5) but is 9'],
    ],
    [
      `${C}http`,
      ['web.yaml:2:8: error: check must be a check (a map with type: http …), or none but is "http"'],
    ],
    [`${C}{path: /}`, ['web.yaml:2:1: error: type is missing: it must be http, https or tcp']],
    [
      `${C}{type: icmp}`,
      [
        'web.yaml:2:15: error: type must be http, https or tcp but is "icmp"',
        '= icmp checks are not built yet',
      ],
    ],
    [`${C}{type: tcp}`, ['web.yaml:2:1: error: port is missing: a tcp check needs one']],
    [`${C}{type: tcp, port: 5, path: /x}`, ['web.yaml:2:29: warning: path has no meaning in a tcp check']],
    [
      `${C}{type: http, interval: 10x}`,
      ['web.yaml:2:31: error: interval must be a duration such as 500ms, 10s, 5m or 1h but is "10x"'],
    ],
    [`${C}{type: http, interval: 1ms}`, ['web.yaml:2:31: error: interval must be 100ms to 24h but is "1ms"']],
    [
      `${C}{type: http, interval: 2s, timeout: 2s}`,
      ['web.yaml:2:44: error: timeout must be less than the interval (2s) but is 2s'],
    ],
    [
      `${C}{type: http, port: 0, path: x, method: get, target: localhost}`,
      [
        'web.yaml:2:27: error: port must be 1 to 65535 but is 0',
        'web.yaml:2:36: error: path must be a path such as /healthz, in ASCII without spaces but is "x"',
        'web.yaml:2:47: error: method must be an HTTP method such as GET or HEAD but is "get"',
        'web.yaml:2:60: error: target must be an IPv4 or IPv6 address but is "localhost"',
      ],
    ],
    [
      `${C}{type: http, headers: {"a b": x, X-A: "a\\r\\nb"}}`,
      [
        'web.yaml:2:31: error: a key must be the name of a header but is "a b"',
        'web.yaml:2:46: error: X-A must be the text of a header, ASCII on one line but is "a\\r\\nb"',
      ],
    ],
    [
      `${C}{type: http, expect: {status: [99, 2x, 299-200], body: ""}}`,
      [
        'web.yaml:2:39: error: status must be 100 to 599 but is 99',
        'web.yaml:2:43: error: status must be an HTTP status such as 200, 2xx or 200-299 but is "2x"',
        'web.yaml:2:47: error: status must be an HTTP status such as 200, 2xx or 200-299 but is "299-200"',
        'web.yaml:2:63: error: body must be text of the body, not empty but is ""',
      ],
    ],
    [`${C}{type: http}\nchecks: [{type: http}]`, ['web.yaml:3:1: error: give check: or checks:, not both']],
    [
      `members: {a: {addresses: 192.0.2.1, check: {type: http}}}\nchecks: [{type: http}, {type: https}]`,
      [
        "web.yaml:1:37: error: a member's check: must have no type where the service has several checks",
        '= give the member checks: of its own',
      ],
    ],
  ];
  for (const [text, expected] of table) {
    it(`answers ${JSON.stringify(text.slice(-70))}`, () =>
      expect(said(text).sort()).deep.equal([...expected].sort()));
  }
});

describe('loadServices', () => {
  const members = `members: {${A}}`;

  it('reads each file of a folder, by name, and leaves others alone', () => {
    withFiles(
      {
        'web.yaml': members,
        'db-2.yml': members,
        'README.md': '#',
        '.web.yaml.swp': 'x',
        '.hidden.yaml': ':',
        'sub/x.yaml': ':',
      },
      (folder) => {
        const diagnostics = new Diagnostics();
        expect([...loadServices(folder, diagnostics).keys()]).deep.equal(['db-2', 'web']);
        expect(diagnostics.list).deep.equal([]);
      },
    );
  });

  it('goes on after a file with errors', () => {
    withFiles(
      { 'a.yaml': 'members: 5', 'b.yaml': members, 'Web.yaml': members, 'b.yml': members },
      (folder) => {
        const diagnostics = new Diagnostics();
        expect([...loadServices(folder, diagnostics).keys()]).deep.equal(['b']);
        expect(
          diagnostics.list.map(({ file, message }) => `${file.slice(folder.length + 1)}: ${message}`),
        ).deep.equal([
          'Web.yaml: the name of a service must be lower-case letters, digits, "-" and "_"',
          'a.yaml: members must be a map of members but is 5',
          'b.yml: there is a service b already: b.yaml',
        ]);
      },
    );
  });

  it('takes a folder that is not there for no services', () => {
    const diagnostics = new Diagnostics();
    expect(loadServices('/nowhere/services', diagnostics).size).equal(0);
    expect(diagnostics.list).deep.equal([]);
  });
});
