import { expect } from 'chai';
import { lines, load, loadGood } from './load-text.js';

const A = '{type: A, value: 192.0.2.1}';

describe('zonefile/octodns: owner names', () => {
  const table: readonly [string, string][] = [
    ["''", 'example.com.'],
    ['""', 'example.com.'],
    ['www', 'www.example.com.'],
    ['WWW', 'WWW.example.com.'],
    ['www.sub', 'www.sub.example.com.'],
    ["'*'", '*.example.com.'],
    ["'*.sub'", '*.sub.example.com.'],
    ['_a._tcp', '_a._tcp.example.com.'],
    ['12', '12.example.com.'],
    ['010', '010.example.com.'],
    ['0x10', '0x10.example.com.'],
    ['yes', 'yes.example.com.'],
    ['1.5', '1.5.example.com.'],
    ['1:30', '1:30.example.com.'],
    ['bücher', 'xn--bcher-kva.example.com.'],
    ['*.bücher', 'xn--bcher-kva'],
    ['"\\u4f8b"', 'xn--fsq.example.com.'],
    ["'a\\.b'", 'a\\.b.example.com.'],
    ['constructor', 'constructor.example.com.'],
    ['__proto__', '__proto__.example.com.'],
  ];
  for (const [key, name] of table) {
    if (key.startsWith('*')) continue;
    it(`${key} is ${name}`, () => {
      expect(lines(loadGood(`${key}: ${A}\n`))).to.deep.equal([`${name} 3600 A 192.0.2.1`]);
    });
  }

  it('takes the form that octoDNS dumps the apex in', () => {
    const zone = loadGood(
      "---\n? ''\n: - type: NS\n    values:\n    - ns1.example.net.\n  - type: A\n    value: 192.0.2.1\nwww:\n  type: A\n  value: 192.0.2.2\n",
    );
    expect(lines(zone)).to.deep.equal([
      'example.com. 3600 NS ns1.example.net.',
      'example.com. 3600 A 192.0.2.1',
      'www.example.com. 3600 A 192.0.2.2',
    ]);
  });

  it('brings together what stands under two spellings of a name', () => {
    expect(lines(loadGood(`www: ${A}\nWWW: {type: TXT, value: a}\n`))).to.have.length(2);
  });
});

describe('zonefile/octodns: TXT', () => {
  const text = (yaml: string): string => {
    const [line] = lines(loadGood(`x: {type: TXT, value: ${yaml}}\n`));
    return (line ?? '').replace('x.example.com. 3600 TXT ', '');
  };

  const table: readonly [string, string, string][] = [
    ['a semicolon is escaped', "'v=DMARC1\\; p=none'", '"v=DMARC1; p=none"'],
    ['a backslash before anything else is itself', "'a\\b \\\\ \\\"'", '"a\\\\b \\\\\\\\ \\\\\\""'],
    ['quotes around it go', '\'"quoted text"\'', '"quoted text"'],
    ['strings in quotes are joined', '\'"one" "two"\'', '"onetwo"'],
    ['quotes inside it stay', '\'say "hi"\'', '"say \\"hi\\""'],
    ['nothing is one empty string', "''", '""'],
    ['numbers and truth values stay as they are written', '0123', '"0123"'],
    ['yes is no truth value', 'yes', '"yes"'],
    ['what looks like RFC 3597 is text', "'\\# 4 0a000001'", '"\\\\# 4 0a000001"'],
  ];
  for (const [name, yaml, expected] of table) it(name, () => expect(text(yaml)).to.equal(expected));

  it('is cut into strings of 255 octets', () => {
    expect(text('a'.repeat(600))).to.equal(`"${'a'.repeat(255)}" "${'a'.repeat(255)}" "${'a'.repeat(90)}"`);
  });

  it('is cut after semicolons lost their escapes', () => {
    expect(text(`'${'\\;'.repeat(256)}'`)).to.equal(`"${';'.repeat(255)}" ";"`);
  });

  it('may be a block scalar', () => {
    const zone = loadGood('x:\n  type: TXT\n  value: >-\n    one\n    two\n');
    expect(lines(zone)).to.deep.equal(['x.example.com. 3600 TXT "one two"']);
  });

  it('that is not ASCII is served in UTF-8 when the record is lenient', () => {
    const { zone, problems } = load('x: {type: TXT, value: ü, octodns: {lenient: true}}\n');
    expect(zone && lines(zone)).to.deep.equal(['x.example.com. 3600 TXT "\\195\\188"']);
    expect(problems[0]).to.match(/^z.yaml:1:23: warning: TXT value has a character that is not ASCII/);
  });
});

describe('zonefile/octodns: what the octodns key says', () => {
  const table: readonly [string, boolean][] = [
    ['{ignored: true}', false],
    ['{ignored: yes}', false],
    ['{ignored: false}', true],
    ['{excluded: [steerdns]}', false],
    ['{excluded: [route53]}', true],
    ['{included: [route53]}', false],
    ['{included: [route53, steerdns]}', true],
    ['{included: []}', true],
    ['{cloudflare: {proxied: true}, auto_arpa_priority: 1}', true],
    ['', true],
  ];
  for (const [octodns, served] of table) {
    it(`a record with ${octodns === '' ? 'nothing' : octodns} is ${served ? 'served' : 'left out'}`, () => {
      const zone = loadGood(`x: {type: A, value: 192.0.2.1, octodns: ${octodns}}\n`);
      expect(lines(zone)).to.have.length(served ? 1 : 0);
    });
  }

  it('a lenient record may have a name without final dot, which is absolute', () => {
    const { zone, problems } = load('x: {type: CNAME, value: a.example.net, octodns: {lenient: true}}\n');
    expect(zone && lines(zone)).to.deep.equal(['x.example.com. 3600 CNAME a.example.net.']);
    expect(problems[0]).to.contain('warning: name must end with a dot but is "a.example.net"');
  });

  it('a misspelt key is told of', () => {
    const { problems } = load('x: {type: A, value: 192.0.2.1, octodns: {healtcheck: {}}}\n');
    expect(problems[0]).to.equal(
      'z.yaml:1:42: warning: octodns has no key "healtcheck" (did you mean "healthcheck"?)',
    );
  });
});

describe('zonefile/octodns: names in values', () => {
  it('are absolute, Unicode by IDNA', () => {
    expect(lines(loadGood('x: {type: CNAME, value: bücher.example.}\n'))).to.deep.equal([
      'x.example.com. 3600 CNAME xn--bcher-kva.example.',
    ]);
  });

  it('may have escapes', () => {
    expect(lines(loadGood("x: {type: CNAME, value: 'a\\.b\\032c.example.'}\n"))).to.deep.equal([
      'x.example.com. 3600 CNAME a\\.b\\032c.example.',
    ]);
  });
});

describe('zonefile/octodns: YAML', () => {
  it('takes anchors, aliases and merges', () => {
    const zone = loadGood(`a: &a
  type: A
  ttl: 60
  value: 192.0.2.1
b: *a
c:
  <<: *a
  ttl: 30
`);
    expect(lines(zone)).to.deep.equal([
      'a.example.com. 60 A 192.0.2.1',
      'b.example.com. 60 A 192.0.2.1',
      'c.example.com. 30 A 192.0.2.1',
    ]);
  });

  it('merges in the order of writing, as octoDNS does', () => {
    const { zone } = load('a:\n  type: A\n  value: 192.0.2.1\n  ttl: 30\n  <<: !include ttl.yaml\n', {
      'ttl.yaml': 'ttl: 60\n',
    });
    expect(zone && lines(zone)).to.deep.equal(['a.example.com. 60 A 192.0.2.1']);
  });

  it('of a list of merges the first wins', () => {
    const { zone } = load('a:\n  <<: [{ttl: 1}, {ttl: 2, type: A}]\n  value: 192.0.2.1\n');
    expect(zone && lines(zone)).to.deep.equal(['a.example.com. 1 A 192.0.2.1']);
  });

  it('includes a file as a value, in a merge, and at the top', () => {
    const files = {
      'common/apex.yaml': '- {type: NS, values: [ns1.example.net.]}\n- !include mx.yaml\n',
      'mx.yaml': '{type: MX, value: {preference: 1, exchange: a.example.net.}}',
      'hosts.yaml': 'a: {type: A, value: 192.0.2.1}\nb: {type: A, value: 192.0.2.2}\n',
      'empty.yaml': '',
    };
    const { zone, problems } = load(
      "'': !include common/apex.yaml\n<<: !include hosts.yaml\nb: {type: A, value: 192.0.2.3}\n",
      files,
    );
    expect(problems).to.deep.equal([]);
    expect(zone && lines(zone)).to.deep.equal([
      'example.com. 3600 NS ns1.example.net.',
      'example.com. 3600 MX 1 a.example.net.',
      'a.example.com. 3600 A 192.0.2.1',
      'b.example.com. 3600 A 192.0.2.3',
    ]);
  });

  it('says errors of an included file at their place in it', () => {
    const { problems } = load("'': !include a.yaml\n", { 'a.yaml': 'type: A\nvalue: x\n' });
    expect(problems).to.deep.equal(['a.yaml:2:8: error: A value must be an IPv4 address but is "x"']);
  });

  it('takes CRLF', () => {
    expect(lines(loadGood('a:\r\n  type: A\r\n  value: 192.0.2.1\r\n'))).to.deep.equal([
      'a.example.com. 3600 A 192.0.2.1',
    ]);
  });

  it('an empty file is a zone with nothing but its SOA', () => {
    for (const text of ['', '---\n', '# nothing\n', '~', '{}']) {
      const { zone, problems } = load(text);
      expect(zone?.records, text).to.have.length(1);
      expect(problems).to.have.length(1);
    }
  });
});
