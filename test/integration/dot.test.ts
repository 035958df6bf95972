import { execFile } from 'node:child_process';
import { readFile, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { promisify } from 'node:util';
import { expect } from 'chai';
import type { TlsPair } from '../../src/server/tls-gate.js';
import { makeCertificate } from '../support/certificate.js';
import { answerData, dig } from '../support/dig.js';
import {
  makeFolder,
  removeFolder,
  runSteerdns,
  type Steerdns,
  startSteerdns,
  writeFiles,
} from '../support/steerdns.js';
import { needTool } from '../support/tools.js';
import { until } from '../support/until.js';

const run = promisify(execFile);

const CONFIG = `listen: {dns: ['127.0.0.1:0'], dot: ['127.0.0.1:0'], http: [], admin: '127.0.0.1:0'}
tls: {certificate: cert.pem, key: key.pem}
transfer: {allow: [{prefix: 127.0.0.1}]}
zones: zones
workers: 1
`;

describe('DNS over TLS by the program (RFC 7858)', () => {
  let folder: string;
  let steerdns: Steerdns;
  let pairs: TlsPair[];

  before(async function () {
    for (const tool of ['dig', 'kdig', 'openssl'] as const) needTool(this, tool);
    const names = ['ns1.example.com', 'ns2.example.com', 'ns3.example.com'];
    pairs = await Promise.all(names.map((name) => makeCertificate(name)));
    folder = await makeFolder({
      'steerdns.yaml': CONFIG,
      'zones/example.com.yaml':
        "'': {type: NS, value: ns.example.org.}\nwww: {type: A, ttl: 60, value: 192.0.2.1}\n",
    });
    await writePair(0);
    steerdns = await startSteerdns(folder);
  });

  after(async () => {
    await steerdns?.stop();
    if (folder !== undefined) await removeFolder(folder);
  });

  function writePair(certificate: number, key = certificate): Promise<void> {
    return writeFiles(folder, {
      'cert.pem': pairs[certificate]?.certificate ?? '',
      'key.pem': pairs[key]?.key ?? '',
    });
  }

  /** The name in the certificate that a new connection gets. */
  function served(): Promise<string> {
    return new Promise((resolve, reject) => {
      const { port } = steerdns.dot;
      const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
        resolve(String(socket.getPeerCertificate().subject.CN));
        socket.destroy();
      });
      socket.once('error', reject);
    });
  }

  async function status(): Promise<{ text: string; tls: Record<string, unknown>; counters: Counts }> {
    const [shown, json] = [await steerdns.command('status'), await steerdns.command('status', '--json')];
    const { tls, counters } = JSON.parse(json.stdout) as { tls: Record<string, unknown>; counters: Counts };
    return { text: shown.stdout, tls, counters };
  }

  it('answers dig, which verifies the certificate and its name', async () => {
    const checked = `+tls +tls-ca=${join(folder, 'cert.pem')} +tls-hostname=ns1.example.com`;
    const response = await dig(steerdns.dot, `www.example.com ${checked}`);
    expect(answerData(response)).to.deep.equal(['192.0.2.1']);
    expect(response.text).to.include('(TLS)');
    const wrong = await dig(steerdns.dot, `www.example.com ${checked.replace('ns1', 'ns9')}`).catch(String);
    expect(wrong).to.include('hostname mismatch');
  });

  it('answers kdig with padding of 468 octets (RFC 8467 §4.1), and several queries on one connection', async () => {
    const { stdout } = await run('kdig', [
      `@127.0.0.1`,
      ...['-p', `${steerdns.dot.port}`, '+tls', '+padding', '+keepopen'],
      ...['www.example.com', 'A', 'nobody.example.com', 'A'],
    ]);
    expect(stdout.match(/TLS1\.3/g)).to.have.length(2);
    expect(stdout.match(/Received 468 B/g)).to.have.length(2);
    expect(stdout).to.match(/PADDING: \d+ B/);
    expect(stdout).to.include('NXDOMAIN');
  });

  it('transfers a zone (RFC 9103 §7: AXFR over TLS)', async () => {
    const { stdout } = await run('dig', [
      '@127.0.0.1',
      '-p',
      `${steerdns.dot.port}`,
      '+tls',
      'AXFR',
      'example.com',
    ]);
    expect(stdout).to.match(/^www\.example\.com\.\s+60\s+IN\s+A\s+192\.0\.2\.1$/m);
    expect(stdout).to.include('XFR size: 4 records');
  });

  it('agrees with openssl on ALPN dot, and resumes its session', async () => {
    const at = ['s_client', '-connect', `127.0.0.1:${steerdns.dot.port}`];
    const session = join(folder, 'session.pem');
    // TLS 1.2 has its ticket before the handshake ends; openssl leaves at the end of its input.
    const first = await openssl([...at, '-alpn', 'dot', '-tls1_2', '-sess_out', session]);
    expect(first).to.include('ALPN protocol: dot');
    expect(first).to.include('New, TLSv1.2');
    expect(await openssl([...at, '-alpn', 'dot', '-tls1_2', '-sess_in', session])).to.include(
      'Reused, TLSv1.2',
    );
    expect(await openssl([...at, '-tls1_1', '-cipher', 'DEFAULT@SECLEVEL=0'])).to.include('protocol version');
    expect(await openssl([...at, '-alpn', 'h2'])).to.include('no application protocol');
  });

  it('shows listener, certificate and counters in status', async () => {
    const { text, tls, counters } = await status();
    expect(text).to.match(new RegExp(`^dot +127\\.0\\.0\\.1:${steerdns.dot.port}$`, 'm'));
    expect(text).to.match(/^certificate +of ns1\.example\.com; ends \d{4}-\d\d-\d\d, in 29 d/m);
    expect(text).not.to.include('not renewed');
    expect(tls).to.include({ certificate: join(folder, 'cert.pem') });
    expect(counters.dot).to.be.at.least(3);
    expect(counters.tlsResumed).to.be.at.least(1);
    expect(counters.tlsFailed).to.be.at.least(2);
  });

  it('serves another certificate after reload', async () => {
    await writePair(1);
    const { code, stdout, stderr } = await steerdns.command('reload');
    expect(code, stderr).to.equal(0);
    expect(stdout).to.include('certificate: of ns2.example.com');
    await until(served, (name) => name === 'ns2.example.com');
  });

  it('refuses one whose key is another: reload and status say why, and the old one is served', async () => {
    await writePair(2, 0);
    const { code, stdout, stderr } = await steerdns.command('reload');
    expect(code).to.equal(1);
    const why = /the key \S*key\.pem does not belong to the certificate \S*cert\.pem/;
    expect(stdout + stderr)
      .to.match(/steerdns\.yaml:2:\d+: /)
      .and.to.match(why);
    expect(await served()).to.equal('ns2.example.com');
    expect((await status()).text).to.match(/^not renewed +\d+ s ago: the key /m);
    const checked = await runSteerdns(['check', '--config', join(folder, 'steerdns.yaml')]);
    expect(checked.code).to.equal(1);
    expect(checked.stderr).to.match(why);
  });

  it('serves it by SIGHUP when the key is there too', async () => {
    await writePair(2);
    steerdns.signal('SIGHUP');
    await until(served, (name) => name === 'ns3.example.com');
    expect((await status()).text).not.to.include('not renewed');
  });

  it('notices new files by itself, a bad pair too, without losing a query', async function () {
    this.timeout(60_000);
    let asking = true;
    const statuses = new Set<string>();
    const load = (async () => {
      while (asking) statuses.add((await dig(steerdns.dot, 'www.example.com +tls')).status);
    })();
    const logged = steerdns.log.length;
    await writeFiles(folder, { 'key.pem': 'no key' });
    await steerdns.waitForLog(
      /the new certificate is refused, the old one is served: .*no private key/,
      logged,
    );
    expect(await served()).to.equal('ns3.example.com');
    expect((await status()).text).to.include('not renewed');
    await writePair(0);
    await steerdns.waitForLog(/the certificate was renewed/, logged);
    await until(served, (name) => name === 'ns1.example.com');
    asking = false;
    await load;
    expect([...statuses]).to.deep.equal(['NOERROR']);
    expect((await status()).text).not.to.include('not renewed');
  });

  it('notices a symbolic link that leads to other files, as certbot and Kubernetes make them', async function () {
    this.timeout(60_000);
    await writeFiles(folder, {
      'next/cert.pem': pairs[1]?.certificate ?? '',
      'next/key.pem': pairs[1]?.key ?? '',
    });
    for (const name of ['cert.pem', 'key.pem']) {
      await rm(join(folder, name));
      await symlink(join('next', name), join(folder, name));
    }
    await until(served, (name) => name === 'ns2.example.com', 30_000);
  });

  it('has nothing of the key in its log', async () => {
    const key = await readFile(join(folder, 'key.pem'), 'utf8');
    for (const line of key.split('\n').slice(1, -2)) expect(steerdns.log).not.to.include(line);
  });

  it('does not start with a pair that is wrong, and says why', async () => {
    // Its state folder is to be free.
    await steerdns.stop();
    await rm(join(folder, 'cert.pem'));
    const error = await startSteerdns(folder).then(
      (started) => started.stop().then(() => ''),
      (cause: unknown) => String(cause),
    );
    expect(error).to.match(/steerdns\.yaml:2:\d+: .*certificate \S*cert\.pem does not exist/);
  });
});

type Counts = Readonly<Record<string, number>>;

/** What openssl prints, whatever it thinks of it. */
async function openssl(args: readonly string[]): Promise<string> {
  const child = run('openssl', args);
  child.child.stdin?.end();
  return child.then(
    ({ stdout, stderr }) => stdout + stderr,
    ({ stdout, stderr }: { stdout: string; stderr: string }) => stdout + stderr,
  );
}
