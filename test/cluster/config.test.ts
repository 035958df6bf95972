import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { ClusterSpec } from '../../src/config/cluster-spec.js';
import { Diagnostics, formatDiagnostics } from '../../src/config/diagnostics.js';
import { loadConfig } from '../../src/config/load-config.js';
import { withFiles } from '../config/support.js';
import { CHECKOUT } from '../support/steerdns.js';

const FILES = { 'zones/': '', 'services/': '', password: 'secret\n', 'ca.pem': '', 'a.pem': '', 'a.key': '' };

function load(text: string): { cluster: ClusterSpec | undefined; said: string } {
  return withFiles({ ...FILES, 'steerdns.yaml': `zones: zones\n${text}\n` }, (folder) => {
    const diagnostics = new Diagnostics();
    const config = loadConfig(join(folder, 'steerdns.yaml'), diagnostics);
    const said = formatDiagnostics(diagnostics.list, { color: false }).replaceAll(`${folder}/`, '');
    const cluster = JSON.parse(
      JSON.stringify(config?.cluster ?? null).replaceAll(`${folder}/`, ''),
    ) as ClusterSpec;
    return { cluster, said };
  });
}

const redis = (of: string): string => `cluster: {name: c, instance: i, redis: {${of}}}`;

describe('cluster in steerdns.yaml', () => {
  it('is absent when it is', () => expect(load('').cluster).to.equal(null));

  it('has defaults', () => {
    const { cluster, said } = load("cluster: {name: c, redis: {url: 'redis://[2001:db8::1]'}}");
    expect(said).to.equal('');
    expect(cluster).to.deep.equal({
      name: 'c',
      instance: hostname().split('.')[0],
      redis: { servers: { kind: 'single', at: { host: '2001:db8::1', port: 6379 }, database: 0 } },
      quorum: 'majority',
      probes: 3,
    });
  });

  it('makes as many probes as the quorum wants', () => {
    const { cluster } = load("cluster: {name: c, instance: i, quorum: 5, redis: {url: 'redis://a'}}");
    expect(cluster).to.include({ quorum: 5, probes: 5 });
  });

  const reads: { name: string; text: string; redis: object }[] = [
    {
      name: 'a URL with all',
      text: "url: 'rediss://me:p%40ss@a.example:7000/3'",
      redis: {
        servers: { kind: 'single', at: { host: 'a.example', port: 7000 }, database: 3 },
        username: 'me',
        password: { text: 'p@ss' },
        tls: {},
      },
    },
    {
      name: 'sentinels',
      text: "sentinels: [a, 'b:1', '[2001:db8::1]'], master: m, sentinel_password: s, password_file: password, database: 2, tls: true",
      redis: {
        servers: {
          kind: 'sentinel',
          sentinels: [
            { host: 'a', port: 26379 },
            { host: 'b', port: 1 },
            { host: '2001:db8::1', port: 26379 },
          ],
          master: 'm',
          database: 2,
          password: { text: 's' },
        },
        password: { file: 'password' },
        tls: {},
      },
    },
    {
      name: 'nodes and files of TLS',
      text: "nodes: '192.0.2.1', tls: {ca: ca.pem, cert: a.pem, key: a.key, servername: r.example}",
      redis: {
        servers: { kind: 'cluster', nodes: [{ host: '192.0.2.1', port: 6379 }] },
        tls: { ca: 'ca.pem', cert: 'a.pem', key: 'a.key', servername: 'r.example' },
      },
    },
  ];
  for (const { name, text, redis: wanted } of reads) {
    it(`reads ${name}`, () => {
      const { cluster, said } = load(redis(text));
      expect(said).to.equal('');
      expect(cluster?.redis).to.deep.equal(wanted);
    });
  }

  const wrong: { name: string; text: string; says: RegExp }[] = [
    { name: 'no name', text: "cluster: {redis: {url: 'redis://a'}}", says: /3?:.*name is missing/ },
    {
      name: 'no redis',
      text: 'cluster: {name: c}',
      says: /redis is missing: it must be a map with url:, sentinels: or nodes:/,
    },
    {
      name: 'no server',
      text: redis('username: u'),
      says: /2:40: error: redis must have one of url, sentinels and nodes but has none of them/,
    },
    { name: 'two ways', text: redis("url: 'redis://a', nodes: [b]"), says: /but has url and nodes/ },
    {
      name: 'a URL without scheme',
      text: redis("url: '192.0.2.1:6379'"),
      says: /url must be a URL such as redis:\/\/192\.0\.2\.1:6379/,
    },
    { name: 'a URL of HTTP', text: redis("url: 'http://a'"), says: /url must be a URL such as redis/ },
    {
      name: 'a database that is a name',
      text: redis("url: 'redis://a/main'"),
      says: /the path is the number of a database/,
    },
    { name: 'sentinels without a master', text: redis('sentinels: [a]'), says: /master is missing/ },
    {
      name: 'a master without sentinels',
      text: redis("url: 'redis://a', master: m"),
      says: /master needs sentinels/,
    },
    {
      name: 'a database in a Redis Cluster',
      text: redis('nodes: [a], database: 1'),
      says: /database must be 0 in a Redis Cluster but is 1/,
    },
    {
      name: 'two passwords',
      text: redis("url: 'redis://a', password: p, password_file: password"),
      says: /password must be given once, and there is password_file as well/,
    },
    {
      name: 'a password here and in the URL',
      text: redis("url: 'redis://:p@a', password_file: password"),
      says: /there is one in url as well/,
    },
    {
      name: 'a password file that is not there',
      text: redis("url: 'redis://a', password_file: no"),
      says: /file no does not exist/,
    },
    {
      name: 'an environment without the password',
      text: redis("url: 'redis://a', password_env: NO_SUCH_THING"),
      says: /warning: the environment has no NO_SUCH_THING/,
    },
    {
      name: 'a certificate without its key',
      text: redis("url: 'redis://a', tls: {cert: a.pem}"),
      says: /tls must have both cert and key/,
    },
    {
      name: 'an authority that is a folder',
      text: redis("url: 'redis://a', tls: {ca: zones}"),
      says: /zones is no file/,
    },
    {
      name: 'a quorum of more than probe',
      text: "cluster: {name: c, instance: i, probes: 2, quorum: 3, redis: {url: 'redis://a'}}",
      says: /quorum must be at most 2, the number of probes, but is 3/,
    },
    {
      name: 'another word as quorum',
      text: "cluster: {name: c, instance: i, quorum: most, redis: {url: 'redis://a'}}",
      says: /quorum must be any, majority, or a number of instances/,
    },
    {
      name: 'an instance that is not among the instances',
      text: "cluster: {name: c, instance: i, instances: [a, b], redis: {url: 'redis://a'}}",
      says: /instances must have this instance's own name, i/,
    },
    {
      name: 'a lease of nothing',
      text: "cluster: {name: c, instance: i, lease: 100ms, redis: {url: 'redis://a'}}",
      says: /lease must be 1s to 10m/,
    },
    {
      name: 'a name with a brace',
      text: "cluster: {name: 'c}', redis: {url: 'redis://a'}}",
      says: /name must be a name of at most 63/,
    },
  ];
  for (const { name, text, says } of wrong) {
    it(`says what is wrong with ${name}`, () => expect(load(text).said).to.match(says));
  }

  for (const text of [
    "url: 'redis://u:verysecret@a/x'",
    "url: 'redis://u:verysecret@a', databse: 1",
    'nodes: [a], password: verysecret, passwrod: 1',
    'nodes: [a], password: [verysecret]',
  ]) {
    it(`shows no password: ${text}`, () => {
      const { said } = load(redis(text));
      expect(said).to.include('error').and.to.not.include('verysecret');
    });
  }
});

describe('docs/cluster.md', () => {
  const page = readFileSync(join(CHECKOUT, 'docs/cluster.md'), 'utf8');
  const snippets = [...page.matchAll(/^```yaml\n# steerdns\.yaml\nzones: zones\n([\s\S]*?)^```/gm)].map(
    (match) => match[1] as string,
  );
  before(() => {
    process.env.REDIS_PASSWORD = 'x';
  });
  after(() => {
    delete process.env.REDIS_PASSWORD;
  });

  it('has snippets', () => expect(snippets).to.have.length(2));
  for (const [i, snippet] of snippets.entries()) {
    it(`snippet ${i + 1} loads without a word`, () => {
      const { cluster, said } = load(snippet);
      expect(said).to.equal('');
      expect(cluster?.name).to.equal('gslb');
    });
  }

  it('lists the commands that a user needs, as the test of TLS and ACL has them', () => {
    const test = readFileSync(join(CHECKOUT, 'test/cluster/topologies.test.ts'), 'utf8');
    const listed = /^const COMMANDS = \[([^\]]*)\]/m.exec(test)?.[1]?.match(/[a-z]+/g) ?? [];
    expect(listed).to.have.length.greaterThan(5);
    expect(page).to.include(`-@all ${listed.map((name) => `+${name}`).join(' ')}\n`);
  });
});
