import { join } from 'node:path';
import { expect } from 'chai';
import { checkReferences } from '../../src/config/check-references.js';
import type { Config } from '../../src/config/config.js';
import { Diagnostics, formatDiagnostics } from '../../src/config/diagnostics.js';
import { loadConfig } from '../../src/config/load-config.js';
import { loadServices } from '../../src/config/load-services.js';
import { withFiles } from './support.js';

/** Folders and files that the texts below name. */
const FILES = { 'zones/': '', 'services/': '', 'geo/networks.yaml': '', 'geo/city.mmdb': '' };

/** Loads a text as steerdns.yaml; `said` is what the user sees, the folder's path left out. */
function load(
  text: string,
  files: Readonly<Record<string, string>> = FILES,
): { config: Config | undefined; said: string } {
  return withFiles({ ...files, 'steerdns.yaml': text }, (folder) => {
    const diagnostics = new Diagnostics();
    const config = loadConfig(join(folder, 'steerdns.yaml'), diagnostics);
    const relative = (value: string): string => value.replaceAll(`${folder}/`, '');
    return {
      config: config && (JSON.parse(relative(JSON.stringify(config))) as Config),
      said: relative(formatDiagnostics(diagnostics.list, { color: false })),
    };
  });
}

/** Messages and hints, without the lines that are shown. */
function messages(text: string, files?: Readonly<Record<string, string>>): string[] {
  return load(text, files)
    .said.split('\n')
    .filter((line) => line !== '' && !/^ +\d* \|/.test(line))
    .map((line) => line.replace(/^ +=/, '=').replace(/^steerdns\.yaml:/, ''));
}

describe('loadConfig', () => {
  it('needs zones alone', () => {
    expect(load('zones: zones')).deep.equal({
      said: '',
      config: {
        file: 'steerdns.yaml',
        listen: {
          dns: [
            { address: '127.0.0.1', port: 5300 },
            { address: '::1', port: 5300 },
          ],
          dot: [],
          http: [{ address: '127.0.0.1', port: 8080 }],
          admin: { address: '127.0.0.1', port: 8053 },
        },
        admin: { tokens: [], auditLog: 'var/audit.log' },
        zones: 'zones',
        services: 'services',
        geo: { databases: ['builtin:country'], networks: [] },
        workers: 'auto',
        state: 'var',
        sites: [],
        resolvers: [],
        trustedProxies: [],
        dnsProxies: [],
        identity: {},
        tcp: { idleMs: 37_000, maxConnections: 800, maxPerClient: 100 },
        metrics: { zones: 500, members: 1000 },
        cookies: { secrets: [] },
        keys: {},
        transfer: { allow: [], notify: [], zones: {} },
        secondaries: {},
        watch: false,
      },
    });
  });

  it('reads every key', () => {
    const { config, said } = load(`watch: true
user: steerdns
group: dns
listen:
  dns: '[2001:DB8::1]:53'
  dot: '[2001:DB8::1]:853'
  http: []
  admin: []
zones: ./zones
services: services/
geo: {databases: geo/city.mmdb, networks: [geo/networks.yaml]}
workers: 3
state: state
resolvers: [192.0.2.53, '2001:db8::53', '192.0.2.54:5353', '[2001:db8::54]:5353']
http: {trusted_proxies: [10.0.0.0/8, 192.0.2.1, '2001:DB8::/32']}
tls: {certificate: tls/cert.pem, key: tls/key.pem}
dns: {proxies: [192.0.2.0/28, '2001:DB8::2']}
identity: {version: steerdns, id: fra1}
tcp: {idle: 5s, max_connections: 10, max_per_client: 2}
rrl: {rate: 10, burst: 20, slip: 2, dry_run: true, allow: [192.0.2.0/24, '2001:DB8::1']}
cookies: {secrets: [E5E973E5A6B2A43F48E7DC849E37BFCF]}
metrics: {zones: 0, members: 20}
query_log: {file: log/queries.jsonl, sample: 0.5, ipv4_prefix: 24, ipv6_prefix: 48, buffer: 100}
`);
    expect(said).equal('');
    expect(config).deep.equal({
      file: 'steerdns.yaml',
      listen: {
        dns: [{ address: '2001:db8::1', port: 53 }],
        dot: [{ address: '2001:db8::1', port: 853 }],
        http: [],
      },
      admin: { tokens: [], auditLog: 'state/audit.log' },
      zones: 'zones',
      services: 'services',
      geo: { databases: ['geo/city.mmdb'], networks: ['geo/networks.yaml'] },
      workers: 3,
      state: 'state',
      sites: [],
      resolvers: [
        { address: '192.0.2.53', port: 53 },
        { address: '2001:db8::53', port: 53 },
        { address: '192.0.2.54', port: 5353 },
        { address: '2001:db8::54', port: 5353 },
      ],
      trustedProxies: ['10.0.0.0/8', '192.0.2.1/32', '2001:db8::/32'],
      dnsProxies: ['192.0.2.0/28', '2001:db8::2/128'],
      tls: {
        certificate: 'tls/cert.pem',
        key: 'tls/key.pem',
        where: {
          certificate: { file: 'steerdns.yaml', line: 16, column: 20 },
          key: { file: 'steerdns.yaml', line: 16, column: 39 },
        },
      },
      identity: { version: 'steerdns', id: 'fra1' },
      tcp: { idleMs: 5000, maxConnections: 10, maxPerClient: 2 },
      rrl: { rate: 10, burst: 20, slip: 2, dryRun: true, allow: ['192.0.2.0/24', '2001:db8::1/128'] },
      cookies: { secrets: ['e5e973e5a6b2a43f48e7dc849e37bfcf'] },
      metrics: { zones: 0, members: 20 },
      queryLog: {
        file: 'log/queries.jsonl',
        sample: 0.5,
        clientBits: { v4: 24, v6: 48 },
        buffer: 128,
      },
      keys: {},
      transfer: { allow: [], notify: [], zones: {} },
      secondaries: {},
      watch: true,
      runAs: { user: 'steerdns', group: 'dns' },
    });
  });

  describe('reads rrl and cookies', () => {
    const knot = { rate: 50, burst: 125, slip: 1, dryRun: false, allow: [] };
    const random = { secrets: [] };
    const table = [
      { text: '', rrl: undefined, cookies: random },
      { text: 'rrl: none\ncookies: none', rrl: undefined, cookies: undefined },
      { text: 'rrl: {}\ncookies: {}', rrl: knot, cookies: random },
      { text: 'rrl: {rate: 15}', rrl: { ...knot, rate: 15, burst: 38 }, cookies: random },
      {
        text: 'rrl: {burst: 25, allow: 10.0.0.0/8}',
        rrl: { ...knot, burst: 25, allow: ['10.0.0.0/8'] },
        cookies: random,
      },
    ];
    for (const { text, rrl, cookies } of table) {
      it(JSON.stringify(text), () => {
        const { config, said } = load(`zones: zones\n${text}`);
        expect(said).equal('');
        expect([config?.rrl, config?.cookies]).deep.equal([rrl, cookies]);
      });
    }
  });

  it('reads sites, their hosts in lower case and ASCII', () => {
    const { config, said } = load(
      `zones: zones\nsites:\n  DL.Example.com.: {service: a}\n  bücher.example: {service: b, status: 308, cache_control: no-store}\n`,
    );
    expect(said).equal('');
    const file = 'steerdns.yaml';
    expect(config?.sites).deep.equal([
      {
        host: 'dl.example.com',
        service: 'a',
        status: 302,
        cacheControl: 'private, no-cache',
        where: { file, line: 3, column: 30 },
      },
      {
        host: 'xn--bcher-kva.example',
        service: 'b',
        status: 308,
        cacheControl: 'no-store',
        where: { file, line: 4, column: 29 },
      },
    ]);
  });

  it('lets port 0 be listened on twice', () => {
    expect(
      load(
        "zones: zones\nlisten: {dns: ['127.0.0.1:0', '[::1]:0'], http: '127.0.0.1:0', admin: '127.0.0.1:0'}",
      ).said,
    ).equal('');
  });

  const Z = 'zones: zones\n';
  const LISTEN = 'must be an address and port such as 127.0.0.1:53 or [::1]:53';
  const table: [string, string[]][] = [
    ['', ['1:1: error: zones is missing: it must be the path of a folder']],
    ['zones:', ['1:7: error: zones must be the path of a folder but is empty']],
    ['zones: none', ['1:8: error: folder none does not exist']],
    ['zones: geo/networks.yaml', ['1:8: error: geo/networks.yaml is a file where a folder was expected']],
    ['zones: zones\nzones: zones', ['2:1: error: "zones" is given twice', '= the first is on line 1']],
    [`${Z}zone: x`, ['2:1: error: unknown key "zone"', '= did you mean "zones"?']],
    [`${Z}services: servces`, ['2:11: error: folder servces does not exist']],
    [`${Z}listen: {dns: 5300}`, [`2:15: error: dns ${LISTEN}, or a list of them but is 5300`]],
    [
      `${Z}listen: {dns: []}`,
      [`2:15: error: dns ${LISTEN}, or a list with at least one but is an empty list`],
    ],
    [
      `${Z}listen: {dns: 192.0.2.1}`,
      [`2:15: error: dns ${LISTEN} but is "192.0.2.1"`, "= with a port: '192.0.2.1:53'"],
    ],
    [`${Z}listen: {dns: '::1'}`, [`2:15: error: dns ${LISTEN} but is "::1"`, "= with a port: '[::1]:53'"]],
    [
      `${Z}listen: {dns: '::1:5300'}`,
      [`2:15: error: dns ${LISTEN} but is "::1:5300"`, "= did you mean '[::1]:5300'?"],
    ],
    [
      `${Z}listen: {dns: ':53'}`,
      [`2:15: error: dns ${LISTEN} but is ":53"`, "= for every address: ['0.0.0.0:53', '[::]:53']"],
    ],
    [
      `${Z}listen: {dns: 'localhost:53'}`,
      [`2:15: error: dns ${LISTEN} but is "localhost:53"`, '= did you mean 127.0.0.1:53?'],
    ],
    [
      `${Z}listen: {dot: '2001:db8::1'}\ntls: {certificate: a.pem, key: b.pem}`,
      [`2:15: error: dot ${LISTEN} but is "2001:db8::1"`, "= with a port: '[2001:db8::1]:853'"],
    ],
    [
      `${Z}listen: {dot: '127.0.0.1:853'}`,
      ['2:10: error: listen.dot needs a certificate', '= add: tls: {certificate: FILE, key: FILE}'],
    ],
    [
      `${Z}tls: {certificate: a.pem, key: b.pem}`,
      ['2:1: warning: tls is not used', "= DNS over TLS is served with: listen: {dot: ['192.0.2.1:853']}"],
    ],
    [
      `${Z}listen: {dot: '127.0.0.1:853'}\ntls: {certificate: a.pem}`,
      ['3:1: error: key is missing: it must be the path of a PEM file'],
    ],
    [
      `${Z}listen: {dns: '127.0.0.1:53', dot: '127.0.0.1:53'}\ntls: {certificate: a.pem, key: b.pem}`,
      ['2:36: error: 127.0.0.1:53 is listened on twice', '= see line 2'],
    ],
    [
      `${Z}dns: {proxies: [192.0.2.1/24]}`,
      [
        '2:17: error: proxies must be a prefix without bits past its first 24 but is "192.0.2.1/24"',
        '= did you mean "192.0.2.0/24"?',
      ],
    ],
    [`${Z}listen: {dns: '127.0.0.1:65536'}`, [`2:15: error: dns ${LISTEN} but is "127.0.0.1:65536"`]],
    [
      `${Z}listen: {dns: '127.0.0.1:53', http: '127.0.0.1:53', admin: '127.0.0.1:80'}`,
      ['2:37: error: 127.0.0.1:53 is listened on twice', '= see line 2'],
    ],
    [
      `${Z}listen: {dns: ['[::]:53', '[::1]:53', '127.0.0.1:53', '0.0.0.0:53']}`,
      [
        '2:27: error: [::1]:53 overlaps with [::]:53',
        '= see line 2',
        '2:55: error: 0.0.0.0:53 overlaps with 127.0.0.1:53',
        '= see line 2',
      ],
    ],
    [
      `${Z}listen: {admin: '0.0.0.0:8053'}`,
      [
        '2:17: error: without tokens the API must listen on a loopback address but is told "0.0.0.0:8053"',
        '= such as 127.0.0.1:8053: whoever reaches it may change states; or give admin.tokens',
      ],
    ],
    [`${Z}listen: {admin: ['127.0.0.1:1', '127.0.0.1:2']}`, [`2:17: error: admin ${LISTEN} but is a list`]],
    [
      `${Z}geo: {databases: ['builtin:contry', geo/x.mmdb, geo], networks: geo/x.yaml}`,
      [
        '2:19: error: there is no database "builtin:contry"',
        '= did you mean "builtin:country"?',
        '2:37: error: file geo/x.mmdb does not exist',
        '2:49: error: geo is a folder where a file was expected',
        '2:65: error: file geo/x.yaml does not exist',
      ],
    ],
    [`${Z}workers: 0`, ['2:10: error: workers must be 1 to 256 but is 0']],
    [
      `${Z}workers: many`,
      ['2:10: error: workers must be auto, or a number of threads from 1 to 256 but is "many"'],
    ],
    [
      `${Z}state: 5`,
      [
        '2:8: error: state must be the path of a folder but is 5',
        '= YAML reads 5 as a number: put it in quotes',
      ],
    ],
    [
      `${Z}resolvers: [example.com, '192.0.2.1:0']`,
      [
        '2:13: error: resolvers must be an address, with or without port, such as 192.0.2.53 but is "example.com"',
        '2:26: error: resolvers must be an address, with or without port, such as 192.0.2.53 but is "192.0.2.1:0"',
      ],
    ],
    [
      `${Z}http: {trusted_proxies: 10.1.0.0/8}`,
      [
        '2:25: error: trusted_proxies must be a prefix without bits past its first 8 but is "10.1.0.0/8"',
        '= did you mean "10.0.0.0/8"?',
      ],
    ],
    [
      `${Z}identity: {version: 9, id: ""}`,
      [
        '2:21: error: version must be text but is 9',
        '= YAML reads 9 as a number: put it in quotes',
        '2:28: error: id must be text, not empty but is ""',
      ],
    ],
    [
      `${Z}tcp: {idle: 0, max_connections: 1.5}`,
      [
        '2:13: error: idle must be 1s to 1h but is 0',
        '2:33: error: max_connections must be a whole number from 1 to 100000 but is 1.5',
      ],
    ],
    [
      `${Z}rrl: {rate: 0, burst: 1.5, slip: -1, dry_run: often, allow: 10.1.0.0/8, limit: 5}`,
      [
        '2:13: error: rate must be 1 to 100000 but is 0',
        '2:23: error: burst must be a whole number from 1 to 100000 but is 1.5',
        '2:34: error: slip must be 0 to 100 but is -1',
        '2:47: error: dry_run must be true or false but is "often"',
        '2:61: error: allow must be a prefix without bits past its first 8 but is "10.1.0.0/8"',
        '= did you mean "10.0.0.0/8"?',
        '2:73: error: unknown key "limit" in rrl',
        '= known keys: rate, burst, slip, dry_run, allow',
      ],
    ],
    [
      `${Z}rrl: {rate: 51, burst: 25}`,
      ['2:24: error: burst must be 26 or more, half of the rate, but is 25'],
    ],
    [`${Z}rrl: {burst: 24}`, ['2:14: error: burst must be 25 or more, half of the rate, but is 24']],
    [`${Z}rrl: 50`, ['2:6: error: rrl must be limits of responses (a map with rate: …), or none but is 50']],
    [
      `${Z}rrl: off`,
      ['2:6: error: rrl must be limits of responses (a map with rate: …), or none but is "off"'],
    ],
    [`${Z}cookies: on`, ['2:10: error: cookies must be a map with secrets:, or none but is "on"']],
    [
      `${Z}cookies: {secrets: [0xe5e973e5a6b2a43f48e7dc849e37bfcf, '0xe5e973e5a6b2a43f48e7dc849e37bfcf', abc, "${'g'.repeat(32)}"]}`,
      [
        '2:21: error: secrets must be a secret of 32 hexadecimal digits',
        '= YAML reads it as a number: put it in quotes',
        '2:57: error: secrets must be a secret of 32 hexadecimal digits',
        '= without 0x',
        '2:95: error: secrets must be a secret of 32 hexadecimal digits',
        '2:100: error: secrets must be a secret of 32 hexadecimal digits',
      ],
    ],
    [
      `${Z}cookies: {secrets: []}`,
      ['2:20: error: secrets must be a secret of 32 hexadecimal digits, or a list with at least one'],
    ],
    [
      `${Z}cookies: {secrets: 00112233445566778899001122334455}`,
      [
        '2:20: error: secrets must be a secret of 32 hexadecimal digits, or a list of them',
        '= YAML reads it as a number: put it in quotes',
      ],
    ],
    [
      `${Z}cookies: {secrets: [10112233445566778899001122334455]}`,
      [
        '2:21: error: secrets must be a secret of 32 hexadecimal digits',
        '= YAML reads it as a number: put it in quotes',
      ],
    ],
    [
      `${Z}query_log: queries.jsonl`,
      ['2:12: error: query_log must be a map with file:, or none but is "queries.jsonl"'],
    ],
    [
      `${Z}query_log: {file: q, sample: 0, ipv4_prefix: 33}`,
      [
        '2:30: error: sample must be above 0, at most 1 but is 0',
        '2:46: error: ipv4_prefix must be 0 to 32 but is 33',
      ],
    ],
    [
      `${Z}sites: {dl.example.com: web}`,
      ['2:25: error: dl.example.com must be a map with service: but is "web"'],
    ],
    [`${Z}sites: {dl.example.com: {}}`, ["2:9: error: service is missing: it must be a service's name"]],
    [
      `${Z}sites: {"http://a.example/": {service: a}, "a.example:80": {service: a}, "*.example": {service: a}}`,
      [
        '2:9: error: a key must be a host such as dl.example.com, without scheme, port and path but is "http://a.example/"',
        '2:44: error: a key must be a host such as dl.example.com, without scheme, port and path but is "a.example:80"',
        '2:74: error: a key must be a host such as dl.example.com, without scheme, port and path but is "*.example"',
      ],
    ],
    [
      `${Z}sites: {a.example: {service: a}, A.EXAMPLE.: {service: a}}`,
      ['2:34: error: A.EXAMPLE. is the same host as a.example'],
    ],
    [
      `${Z}sites: {a.example: {service: a, status: 200, cache_control: "a\\r\\nb"}}`,
      [
        '2:41: error: status must be a redirect status: 301, 302, 303, 307 or 308 but is 200',
        '2:61: error: cache_control must be a Cache-Control header, ASCII on one line but is "a\\r\\nb"',
      ],
    ],
    [
      `${Z}listen: {http: []}\nsites: {a.example: {service: a}}`,
      ['3:1: error: sites need an address in listen.http, which is []'],
    ],
  ];
  for (const [text, expected] of table) {
    it(`answers ${JSON.stringify(text.replace(Z, ''))}`, () => expect(messages(text)).deep.equal(expected));
  }

  it('says that a file is not there', () => {
    const diagnostics = new Diagnostics();
    expect(loadConfig('/nowhere/steerdns.yaml', diagnostics)).equal(undefined);
    expect(formatDiagnostics(diagnostics.list, { color: false })).equal(
      '/nowhere/steerdns.yaml: error: the file does not exist\n',
    );
  });

  it('gives what is right in spite of errors, to go on checking', () => {
    const { config } = load(
      'zones: zones\nworkers: 0\nservices: services\ngeo: {networks: [geo/networks.yaml, geo/x.yaml]}\nx: 1',
    );
    expect(config?.workers).equal('auto');
    expect(config?.geo.networks).deep.equal(['geo/networks.yaml']);
  });
});

describe('checkReferences', () => {
  it('shows sites and records that name a service which is not there', () => {
    const zone = 'www:\n  type: GSLB\n  service: mirors\n';
    const files = {
      'zones/example.com.yaml': zone,
      'services/mirrors.yaml': 'members: {a: {addresses: 192.0.2.1}}',
      'services/broken.yaml': 'members: {}',
      'steerdns.yaml':
        'zones: zones\nsites: {a.example: {service: mirrors}, b.example: {service: mirrrs}, c.example: {service: broken}}',
    };
    withFiles(files, (folder) => {
      const diagnostics = new Diagnostics();
      const config = loadConfig(join(folder, 'steerdns.yaml'), diagnostics) as Config;
      const services = loadServices(config.services, new Diagnostics());
      const where = { file: join(folder, 'zones/example.com.yaml'), line: 3, column: 12 };
      checkReferences(config, services, [{ service: 'mirors', where }], diagnostics);
      expect(formatDiagnostics(diagnostics.list, { color: false }).replaceAll(`${folder}/`, '')).equal(
        `steerdns.yaml:2:61: error: there is no service "mirrrs"
    2 | sites: {a.example: {service: mirrors}, b.example: {service: mirrrs}, c.example: {service: broken}}
      |                                                             ^^^^^^
      = did you mean "mirrors"?
zones/example.com.yaml:3:12: error: there is no service "mirors"
    3 |   service: mirors
      |            ^^^^^^
      = did you mean "mirrors"?
`,
      );
    });
  });
});
