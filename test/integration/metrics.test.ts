import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { expect } from 'chai';
import { askMany } from '../support/ask-many.js';
import { dig } from '../support/dig.js';
import { type Scrape, scrape } from '../support/metrics.js';
import { makeFolder, removeFolder, type Steerdns, startSteerdns, writeFiles } from '../support/steerdns.js';
import { needTool } from '../support/tools.js';
import { until } from '../support/until.js';

const NET_ZONE = "'': {type: NS, value: ns.example.org.}\nwww: {type: A, value: 192.0.2.9}\n";

const files = {
  'steerdns.yaml': `
listen: {dns: ['127.0.0.1:0'], http: ['127.0.0.1:0'], admin: '127.0.0.1:0'}
zones: zones
geo: {databases: []}
metrics: {zones: 2}
sites: {dl.example.com: {service: web}}
`,
  'zones/example.com.yaml': `
'': {type: NS, value: ns.example.org.}
www: {type: GSLB, service: web}
alias: {type: CNAME, value: www.example.net.}
static: {type: A, value: 192.0.2.1}
`,
  'zones/example.net.yaml': NET_ZONE,
  'zones/example.org.yaml': NET_ZONE,
};

describe('/metrics', () => {
  let folder: string;
  let steerdns: Steerdns;
  let member: Server;
  let healthy = true;

  before(async function () {
    needTool(this, 'dig');
    member = createServer((_, response) => response.writeHead(healthy ? 200 : 503).end());
    await once(member.listen(0, '127.0.0.1'), 'listening');
    const bound = member.address();
    const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
    folder = await makeFolder({
      ...files,
      'services/web.yaml': `
check: {type: http, target: 127.0.0.1, port: ${port}, path: /, interval: 2s, timeout: 1900ms, rise: 1, fall: 1}
members:
  one: {addresses: [192.0.2.1, 192.0.2.2], weight: 3, url: 'https://one.example.com/', check: none}
  two: {addresses: [192.0.2.3], weight: 1, url: 'https://two.example.com/'}
pools: {main: {members: [one, two], scheduler: wrr}}
answers: {count: 3, ttl: {min: 5, max: 5}}
`,
    });
    steerdns = await startSteerdns(folder);
  });

  after(async () => {
    await steerdns?.stop();
    member?.close();
    member?.closeAllConnections();
    if (folder !== undefined) await removeFolder(folder);
  });

  it('adds up to what was asked, by zone, type, rcode and transport', async () => {
    const before = await scrape(steerdns);
    const asked = [
      'www.example.com A',
      'static.example.com A',
      'static.example.com A +tcp',
      'static.example.com TYPE999',
      'nothing.example.com AAAA',
      'alias.example.com A',
      'www.example.org A',
      'www.example.invalid A',
      'version.bind TXT CH',
    ];
    for (const args of asked) await dig(steerdns.dns, args);
    const after = await scrape(steerdns);
    const more = (name: string, labels: Record<string, string> = {}): number =>
      after.sum(name, labels) - before.sum(name, labels);

    expect(more('steerdns_queries_total')).to.equal(asked.length);
    expect(more('steerdns_responses_total')).to.equal(asked.length);
    expect(more('steerdns_received_total')).to.equal(asked.length);
    expect(more('steerdns_answer_duration_seconds_count')).to.equal(asked.length);
    expect(more('steerdns_queries_total', { zone: 'example.com.' })).to.equal(6);
    expect(more('steerdns_queries_total', { zone: 'example.com.', type: 'A', transport: 'udp' })).to.equal(3);
    expect(more('steerdns_queries_total', { zone: 'example.com.', transport: 'tcp' })).to.equal(1);
    expect(more('steerdns_queries_total', { zone: 'example.com.', type: 'other' })).to.equal(1);
    expect(more('steerdns_queries_total', { zone: 'none' })).to.equal(2);
    expect(more('steerdns_queries_total', { zone: 'none', type: 'TXT' })).to.equal(1);
    expect(more('steerdns_responses_total', { zone: 'example.com.', rcode: 'NXDOMAIN' })).to.equal(1);
    expect(more('steerdns_responses_total', { zone: 'none', rcode: 'REFUSED' })).to.equal(2);
    expect(more('steerdns_answer_duration_seconds_count', { transport: 'tcp' })).to.equal(1);
    expect(more('steerdns_tcp_connections_total', { event: 'accepted' })).to.equal(1);
  });

  it('counts zones past the bound together', async () => {
    const { zones } = { zones: (await scrape(steerdns)).samples('steerdns_queries_total') };
    const names = new Set(zones.map(({ labels }) => labels.zone));
    expect([...names]).to.include.members(['none', 'other', 'example.com.']);
    expect(names.size).to.be.at.most(4);
  });

  it('counts over several threads as exactly', async () => {
    const before = await scrape(steerdns);
    await Promise.all(
      Array.from({ length: 8 }, () => askMany(steerdns.dns, Array(200).fill('static.example.com'))),
    );
    const after = await scrape(steerdns);
    expect(after.sum('steerdns_queries_total') - before.sum('steerdns_queries_total')).to.equal(1600);
  });

  it('counts a member once an answer, however many of its addresses are in it', async () => {
    const before = await scrape(steerdns);
    const response = await dig(steerdns.dns, 'www.example.com A');
    expect(response.answer).to.have.length(3);
    const after = await scrape(steerdns);
    for (const name of ['one', 'two']) {
      const labels = { service: 'web', pool: 'main', member: name };
      const metric = 'steerdns_member_answers_total';
      expect(after.sum(metric, labels) - before.sum(metric, labels), name).to.equal(1);
    }
    const shares = after.samples('steerdns_member_configured_share_ratio', { pool: 'main' });
    expect(shares.map(({ value }) => value)).to.deep.equal([0.75, 0.25]);
  });

  it('counts client subnets, and answers that hold for a part of all clients', async () => {
    const before = await scrape(steerdns);
    await dig(steerdns.dns, 'www.example.com A +subnet=198.51.100.0/24');
    const after = await scrape(steerdns);
    const more = (what: string): number =>
      after.sum('steerdns_ecs_queries_total', { what }) - before.sum('steerdns_ecs_queries_total', { what });
    expect(more('asked')).to.equal(1);
    // Nothing here depends on the client.
    expect(more('scoped')).to.equal(0);
  });

  it('counts redirects by site and status', async () => {
    const { address, port } = steerdns.http;
    const at = `http://${address}:${port}/file`;
    const status = await new Promise((resolve) => {
      const curl = spawn('curl', [
        '-s',
        '-o',
        '/dev/null',
        '-w',
        '%{http_code}',
        '-H',
        'Host: dl.example.com',
        at,
      ]);
      curl.stdout.setEncoding('utf8').once('data', resolve);
    });
    expect(status).to.equal('302');
    await fetch(at);
    const found = await scrape(steerdns);
    expect(found.sum('steerdns_http_responses_total', { site: 'dl.example.com', status: '302' })).to.equal(1);
    expect(found.sum('steerdns_http_responses_total', { site: '(none)', status: '404' })).to.equal(1);
    expect(found.sum('steerdns_http_requests_total', { outcome: 'redirected' })).to.equal(1);
  });

  it('tells of a member that goes down and comes back', async () => {
    const labels = { service: 'web', member: 'two' };
    const state = (name: string) => (found: Scrape) =>
      found.sum('steerdns_member_state', { ...labels, state: name }) === 1;
    healthy = false;
    await until(() => scrape(steerdns), state('down'));
    healthy = true;
    const found = await until(() => scrape(steerdns), state('up'));
    expect(found.sum('steerdns_member_transitions_total', { ...labels, to: 'down' })).to.be.at.least(1);
    expect(found.sum('steerdns_probes_total', { ...labels, outcome: 'failed' })).to.be.at.least(1);
    expect(found.sum('steerdns_probe_duration_seconds_count', labels)).to.equal(
      found.sum('steerdns_probes_total', labels),
    );
    await steerdns.command('drain', 'web/two');
    const drained = await scrape(steerdns);
    expect(state('draining')(drained)).to.equal(true);
    expect(drained.sum('steerdns_member_overridden', labels)).to.equal(1);
    await steerdns.command('undrain', 'web/two');
  });

  it('counts reloads, and keeps what was counted over them', async () => {
    const before = await scrape(steerdns);
    await writeFiles(folder, { 'zones/example.net.yaml': "'': {typ: NS}\n" });
    expect((await steerdns.command('reload')).code).to.equal(1);
    const refused = await scrape(steerdns);
    expect(refused.sum('steerdns_reloads_total', { outcome: 'refused' })).to.equal(1);
    expect(refused.sum('steerdns_last_reload_successful')).to.equal(0);
    await writeFiles(folder, { 'zones/example.net.yaml': NET_ZONE, 'zones/aaa.example.yaml': NET_ZONE });
    expect((await steerdns.command('reload')).code).to.equal(0);
    const done = await scrape(steerdns);
    expect(done.sum('steerdns_reloads_total', { outcome: 'done' })).to.equal(1);
    expect(done.sum('steerdns_last_reload_successful')).to.equal(1);
    // The new zone is the first one now.
    const labels = { zone: 'example.com.' };
    expect(done.sum('steerdns_queries_total', labels)).to.equal(before.sum('steerdns_queries_total', labels));
    await dig(steerdns.dns, 'static.example.com');
    const later = await scrape(steerdns);
    expect(later.sum('steerdns_queries_total', labels)).to.equal(
      before.sum('steerdns_queries_total', labels) + 1,
    );
  });

  it('passes promtool check metrics without a word', async function () {
    needTool(this, 'promtool');
    const { text } = await scrape(steerdns);
    const promtool = spawn('promtool', ['check', 'metrics']);
    let said = '';
    for (const output of [promtool.stdout, promtool.stderr]) {
      output.setEncoding('utf8').on('data', (more: string) => {
        said += more;
      });
    }
    promtool.stdin.end(text);
    const [code] = (await once(promtool, 'close')) as [number];
    expect(said).to.equal('');
    expect(code).to.equal(0);
  });

  it('answers as text of Prometheus', async () => {
    const { address, port } = steerdns.admin;
    const response = await fetch(`http://${address}:${port}/metrics`);
    expect(response.headers.get('content-type')).to.equal('text/plain; version=0.0.4; charset=utf-8');
    await response.text();
  });
});
