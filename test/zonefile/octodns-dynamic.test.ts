import { expect } from 'chai';
import { formatPrefix } from '../../src/config/address.js';
import type { ServiceSpec } from '../../src/steer/spec.js';
import { formatName } from '../../src/wire/name.js';
import { load, loadGood, serviceOf } from './load-text.js';

const DYNAMIC = `test:
  type: A
  ttl: 60
  dynamic:
    pools:
      apac:
        fallback: na
        values:
        - value: 192.0.2.1
        - value: 192.0.2.2
      eu:
        fallback: na
        values:
        - value: 192.0.2.3
          weight: 2
        - value: 192.0.2.4
          weight: 3
          status: up
      na:
        values:
        - value: 192.0.2.5
        - value: 192.0.2.1
          status: down
    rules:
    - subnets: [203.0.113.0/24]
      geos: [AS, OC]
      pool: apac
    - geos: [AF, EU, NA-US-CA]
      pool: eu
    - pool: na
  values: [192.0.2.3, 192.0.2.9]
`;

describe('zonefile/octodns: dynamic', () => {
  const service = serviceOf(loadGood(DYNAMIC));

  it('is a service of the owner name and type', () => {
    expect(service.name).to.equal('test.example.com./A');
    expect(service.where).to.deep.equal({ file: 'z.yaml', line: 2, column: 3 });
  });

  it('has a member for each distinct value, checked when a pool obeys its health', () => {
    expect(
      service.members.map(({ name, addresses, checks }) => [
        name,
        addresses.map((a) => a.join('.')),
        checks.length,
      ]),
    ).to.deep.equal([
      ['192.0.2.1', ['192.0.2.1'], 1],
      ['192.0.2.2', ['192.0.2.2'], 1],
      ['192.0.2.3', ['192.0.2.3'], 1],
      ['192.0.2.4', ['192.0.2.4'], 0],
      ['192.0.2.5', ['192.0.2.5'], 1],
      ['192.0.2.9', ['192.0.2.9'], 0],
    ]);
    expect(service.members[2]?.where).to.deep.equal({ file: 'z.yaml', line: 14, column: 18 });
  });

  it("has pools with weights, status and fallback, and the record's own values as the last", () => {
    expect(service.pools).to.deep.equal([
      pool(
        'apac',
        'wrr',
        [
          ['192.0.2.1', 1, 'obey'],
          ['192.0.2.2', 1, 'obey'],
        ],
        'na',
      ),
      pool(
        'eu',
        'wrr',
        [
          ['192.0.2.3', 2, 'obey'],
          ['192.0.2.4', 3, 'up'],
        ],
        'na',
      ),
      pool('na', 'wrr', [
        ['192.0.2.5', 1, 'obey'],
        ['192.0.2.1', 1, 'down'],
      ]),
      pool('values', 'all', [
        ['192.0.2.3', 1, 'up'],
        ['192.0.2.9', 1, 'up'],
      ]),
    ]);
  });

  it("answers with the record's TTL, and its own values when all are down", () => {
    expect(service.answers).to.deep.equal({ ttl: { min: 60, max: 60 }, whenAllDown: { pool: 'values' } });
  });

  it('matches a rule by its subnets or its geos', () => {
    expect(rules(service)).to.deep.equal([
      '203.0.113.0/24 or AS,OC → apac',
      'AF,EU,NA-US-CA → eu',
      'everyone → na',
    ]);
  });

  it('has no two pools of a name', () => {
    const named = loadGood(`x:
  type: AAAA
  dynamic:
    pools: {values: {values: [{value: "2001:db8::1"}]}}
    rules: [{pool: values}]
  value: 2001:db8::2
`);
    expect(serviceOf(named).pools.map(({ name }) => name)).to.deep.equal(['values', 'values_']);
    expect(serviceOf(named).answers.whenAllDown).to.deep.equal({ pool: 'values_' });
  });

  it('of CNAME has host members', () => {
    const zone = loadGood(`x:
  type: CNAME
  dynamic:
    pools: {default: {values: [{value: one.example.net., weight: 3}, {value: two.example.net.}]}}
    rules: [{pool: default}]
  value: three.example.net.
`);
    const { members } = serviceOf(zone);
    expect(
      members.map(({ name, host, addresses }) => [name, formatName(host as Uint8Array), addresses.length]),
    ).to.deep.equal([
      ['one.example.net.', 'one.example.net.', 0],
      ['two.example.net.', 'two.example.net.', 0],
      ['three.example.net.', 'three.example.net.', 0],
    ]);
  });

  it('of DNAME is not steered', () => {
    const { zone, problems } = load('x: {type: DNAME, value: example.net., dynamic: {}}\n');
    expect(zone && Array.from(zone.records, ({ kind }) => kind)).to.deep.equal(['static', 'static']);
    expect(problems[0]).to.equal('z.yaml:1:48: warning: DNAME is not steered: its value is served');
  });

  it('puts the subnets of a later rule before the geos of an earlier one', () => {
    const zone = loadGood(
      dynamicWith(`
    - {subnets: [192.0.2.0/25], geos: [EU], pool: a}
    - {subnets: [198.51.100.0/24], geos: [AS], pool: b}
    - {pool: c}`),
    );
    expect(rules(serviceOf(zone))).to.deep.equal([
      '192.0.2.0/25 → a',
      '198.51.100.0/24 → b',
      'EU → a',
      'AS → b',
      'everyone → c',
    ]);
  });

  it("reads `fallback: default` as the record's own values, as octoDNS does", () => {
    const zone = loadGood(`x:
  type: A
  dynamic:
    pools:
      a: {fallback: default, values: [{value: 192.0.2.1}]}
      default: {values: [{value: 192.0.2.2}]}
    rules: [{geos: [EU], pool: a}, {pool: default}]
  value: 192.0.2.3
`);
    expect(serviceOf(zone).pools[0]).to.not.have.property('fallback');
  });
});

describe('zonefile/octodns: healthcheck', () => {
  const check = (healthcheck: string, owner = 'test'): Record<string, unknown> | undefined => {
    const octodns = healthcheck === '' ? '' : `  octodns: ${healthcheck}\n`;
    const zone = loadGood(`${owner}:
  type: A
${octodns}  dynamic:
    pools: {a: {values: [{value: 192.0.2.1}]}}
    rules: [{pool: a}]
  value: 192.0.2.2
`);
    const [first] = serviceOf(zone).members[0]?.checks ?? [];
    return first === undefined ? undefined : { ...first };
  };
  const https = {
    type: 'https',
    port: 443,
    path: '/_dns',
    host: 'test.example.com',
    method: 'GET',
    headers: {},
    expect: { status: [200] },
    intervalMs: 10_000,
    timeoutMs: 4_000,
    rise: 2,
    fall: 3,
  };

  it('is HTTPS to /_dns on port 443 with the owner name as host', () =>
    expect(check('')).to.deep.equal(https));
  it('takes protocol, host, port, path', () => {
    expect(check('{healthcheck: {protocol: HTTP, host: h.example, port: 8080, path: /up}}')).to.deep.equal({
      ...https,
      type: 'http',
      host: 'h.example',
      port: 8080,
      path: '/up',
    });
  });
  it('is on port 443 for HTTP too, as in octoDNS', () => {
    expect(check('{healthcheck: {protocol: HTTP}}')).to.deep.equal({ ...https, type: 'http' });
  });
  it('of TCP has no host', () => {
    const { host: _, ...rest } = https;
    expect(check('{healthcheck: {protocol: TCP, port: 25}}')).to.deep.equal({
      ...rest,
      type: 'tcp',
      port: 25,
    });
  });
  it('takes the value as host where host is null, and for a wildcard', () => {
    expect(check('{healthcheck: {host: ~}}')).to.not.have.property('host');
    expect(check('', "'*'")).to.not.have.property('host');
  });
  it('is not done for ICMP', () => expect(check('{healthcheck: {protocol: ICMP}}')).to.equal(undefined));
  it('takes its timing under our own name', () => {
    expect(
      check('{steerdns: {healthcheck: {interval: 30, timeout: 500ms, rise: 1, fall: 5}}}'),
    ).to.deep.equal({
      ...https,
      intervalMs: 30_000,
      timeoutMs: 500,
      rise: 1,
      fall: 5,
    });
  });

  const wrong: readonly [string, string][] = [
    ['{healthcheck: {protocol: https}}', 'protocol must be HTTP, HTTPS or TCP but is "https"'],
    ['{healthcheck: {port: 0}}', 'port must be 1 to 65535 but is "0"'],
    ['{healthcheck: {prot: 1}}', 'healthcheck has no key "prot" (did you mean "port"?)'],
    ['{healthcheck: x}', 'healthcheck must be a map but is "x"'],
    [
      '{steerdns: {healthcheck: {interval: 4s}}}',
      'the timeout must be shorter than the interval (the defaults are 4s and 10s)',
    ],
    [
      '{steerdns: {healthcheck: {timeout: soon}}}',
      'timeout must be a duration of 100ms to 24h but is "soon"',
    ],
  ];
  for (const [octodns, message] of wrong) {
    it(`refuses ${octodns}`, () => {
      const { problems } = load(
        `x: {type: A, value: 192.0.2.2, octodns: ${octodns}, dynamic: {pools: {a: {values: [{value: 192.0.2.1}]}}, rules: [{pool: a}]}}\n`,
      );
      expect(problems.filter((line) => line.includes('error'))[0])
        .to.match(/^z\.yaml:1:\d+: error: /)
        .and.to.contain(message);
    });
  }
});

describe('zonefile/octodns: dynamic that is wrong', () => {
  const table: readonly [string, string][] = [
    ['{pool: d}', 'rule 1 names "d", which is no pool (pools are a, b, c)'],
    ['{geos: [EU]}', 'rule 1 has no pool (write {geos: […], pool: …})'],
    ['{geos: [EU], pool: a}', 'the last rule must match everyone (end with a rule of a pool alone)'],
    [
      '{geos: [EU], pool: a}, {geos: [AS], pool: a}, {pool: c}',
      'rule 2 uses pool "a", which a rule above uses',
    ],
    [
      '{geos: [EU], pool: a}, {geos: [EU-DE], pool: b}, {pool: c}',
      'rule 2 geo EU-DE is in EU of rule 1, so it never matches',
    ],
    [
      '{geos: [EU], pool: a}, {geos: [EU], pool: b}, {pool: c}',
      'rule 2 geo EU is in EU of rule 1, so it never matches',
    ],
    ['{geos: [XX], pool: a}, {pool: c}', 'rule 1 geo must be'],
    ['{geos: EU, pool: a}, {pool: c}', 'rule 1 geos must be a list but is "EU"'],
    ['{subnets: [192.0.2.1/24], pool: a}, {pool: c}', 'did you mean 192.0.2.0/24?'],
    [
      '{subnets: [192.0.2.0/24], pool: a}, {subnets: [192.0.2.0/25], pool: b}, {pool: c}',
      'rule 2 subnet 192.0.2.0/25 is in 192.0.2.0/24 of rule 1, so it never matches',
    ],
    [
      '{geos: [EU], pool: a}, {subnets: [192.0.2.0/24], pool: b}, {pool: c}',
      'rule 2 with subnets alone must come before rules with geos',
    ],
    [
      '{geos: [EU], pool: a}, {subnets: [192.0.2.0/24], geos: [AS], pool: b}, {pool: c}',
      'rule 2 with subnets and geos must come before rules with geos alone',
    ],
    ['{pool: a}, {pool: b}, {pool: c}', 'rule 2 matches everyone, as rule 1 does'],
    ['{pool: a}, {pool: b}', 'pool "c" is in no rule and is no fallback'],
    ['{pool: a, geo: [EU]}, {pool: b}, {pool: c}', 'rule 1 has no key "geo" (did you mean "geos"?)'],
  ];
  for (const [list, message] of table) {
    it(`rules: ${list}`, () => {
      const { zone, problems } = load(dynamicWith(` [${list}]`));
      expect(
        problems.filter((line) => line.includes(' error: ')).some((line) => line.includes(message)),
        problems.join('\n'),
      ).to.equal(true);
      expect(zone).to.equal(undefined);
    });
  }

  const pools: readonly [string, string][] = [
    ['{}', 'dynamic needs pools, a map of at least one'],
    ['{a: x}', 'pool "a" must be a map but is "x"'],
    ['{a: {}}', 'pool "a" needs values, a list of {value: …}'],
    ['{a: {values: []}}', 'pool "a" needs values, a list of {value: …}'],
    ['{a: {values: [192.0.2.1]}}', 'a value of pool "a" must be a map'],
    ['{a: {values: [{weight: 1}]}}', 'a value of pool "a" must be a map'],
    ['{a: {values: [{value: 192.0.2}]}}', 'A value must be an IPv4 address but is "192.0.2"'],
    [
      '{a: {values: [{value: 192.0.2.1, weight: 0}, {value: 192.0.2.2}]}}',
      'weight must be 1 to 100 but is "0"',
    ],
    [
      '{a: {values: [{value: 192.0.2.1, weight: 101}, {value: 192.0.2.2}]}}',
      'weight must be 1 to 100 but is "101"',
    ],
    ['{a: {values: [{value: 192.0.2.1, weight: 2}]}}', 'weight must be 1 in a pool of one value'],
    ['{a: {values: [{value: 192.0.2.1, status: drain}]}}', 'status must be up, down or obey but is "drain"'],
    ['{a: {values: [{value: 192.0.2.1}], fallback: b}}', 'pool "a" falls back to "b", which is no pool'],
    ['{a: {values: [{value: 192.0.2.1}], fallback: a}}', 'fallbacks go in a circle: a → a'],
    [
      '{a: {values: [{value: 192.0.2.1}], fallback: b}, b: {values: [{value: 192.0.2.1}], fallback: a}}',
      'fallbacks go in a circle: a → b → a',
    ],
    [
      '{a: {values: [{value: 192.0.2.1}], fallbak: b}}',
      'pool "a" has no key "fallbak" (did you mean "fallback"?)',
    ],
  ];
  for (const [list, message] of pools) {
    it(`pools: ${list}`, () => {
      const { zone, problems } = load(
        `x: {type: A, value: 192.0.2.9, dynamic: {pools: ${list}, rules: [{pool: a}]}}\n`,
      );
      expect(
        problems.filter((line) => line.includes(' error: ')).some((line) => line.includes(message)),
        problems.join('\n'),
      ).to.equal(true);
      expect(zone).to.equal(undefined);
    });
  }

  it('a lenient record is served as far as it makes sense, with warnings', () => {
    const { zone, problems } = load(dynamicWith(' [{geos: [EU], pool: a}]', 'lenient: true'));
    expect(problems.some((line) => line.includes(' error: '))).to.equal(false);
    expect(zone && rules(serviceOf(zone))).to.deep.equal(['EU → a', 'everyone → values']);
  });

  it('a value that a pool has twice has both weights', () => {
    const { zone, problems } = load(
      'x: {type: A, value: 192.0.2.9, dynamic: {pools: {a: {values: [{value: 192.0.2.1}, {value: 192.0.2.1, weight: 2}]}}, rules: [{pool: a}]}}\n',
    );
    expect(zone && serviceOf(zone).pools[0]?.members).to.deep.equal([
      { member: '192.0.2.1', weight: 3, status: 'obey' },
    ]);
    expect(problems[0]).to.contain('192.0.2.1 is in the pool twice');
  });
});

describe('zonefile/octodns: geo, which octoDNS has deprecated', () => {
  it('is steered by place, the most particular first, and fails over to the place around it', () => {
    const { zone, problems } = load(`x:
  type: A
  geo:
    NA-US: [192.0.2.1]
    NA-US-CA: [192.0.2.2, 192.0.2.3]
    EU: [192.0.2.4]
  value: 192.0.2.9
`);
    expect(problems[0]).to.equal('z.yaml:4:5: warning: geo is deprecated in octoDNS (use dynamic)');
    const service = serviceOf(zone as NonNullable<typeof zone>);
    expect(rules(service)).to.deep.equal([
      'NA-US-CA → NA-US-CA',
      'NA-US → NA-US',
      'EU → EU',
      'everyone → values',
    ]);
    expect(service.pools.map(({ name, fallback }) => [name, fallback])).to.deep.equal([
      ['NA-US', undefined],
      ['NA-US-CA', 'NA-US'],
      ['EU', undefined],
      ['values', undefined],
    ]);
  });

  it('is refused where its codes are wrong', () => {
    const { problems } = load('x: {type: A, geo: {XX: [192.0.2.1]}, value: 192.0.2.9}\n');
    expect(problems.some((line) => line.startsWith('z.yaml:1:20: error: geo must be'))).to.equal(true);
  });
});

function pool(
  name: string,
  scheduler: string,
  members: readonly (readonly [string, number, string])[],
  fallback?: string,
): object {
  return {
    name,
    members: members.map(([member, weight, status]) => ({ member, weight, status })),
    scheduler,
    ...(fallback === undefined ? {} : { fallback }),
  };
}

/** A record with pools a, b and c and these rules. */
function dynamicWith(rulesYaml: string, octodns = ''): string {
  return `x:
  type: A
  octodns: {${octodns}}
  dynamic:
    pools:
      a: {values: [{value: 192.0.2.1}]}
      b: {values: [{value: 192.0.2.2}]}
      c: {values: [{value: 192.0.2.3}]}
    rules:${rulesYaml}
  value: 192.0.2.9
`;
}

function rules({ rules }: ServiceSpec): string[] {
  return rules.map(({ matches, pool: name }) => {
    const who = matches.map(({ subnets, geos }) =>
      [...(subnets ?? []).map(formatPrefix), ...(geos ?? [])].join(','),
    );
    return `${who.join(' or ') || 'everyone'} → ${name}`;
  });
}
