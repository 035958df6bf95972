import { join } from 'node:path';
import { expect } from 'chai';
import { answerData, dig } from '../support/dig.js';
import type { PeerName } from '../support/peer-process.js';
import { type Files, makeFolder, removeFolder, type Steerdns, startSteerdns } from '../support/steerdns.js';
import { needIpv6, needTool } from '../support/tools.js';
import { until } from '../support/until.js';
import { type Address, axfr, freePort, KEY, Peer, serialAt } from './peers.js';

const ZONE = 'example.org';

/** A master file, with timers of seconds. */
function zoneText(serial: number, more = ''): string {
  return `$ORIGIN example.org.
$TTL 3600
@ IN SOA ns1 hostmaster ${serial} 2 1 86400 300
@ NS ns1
@ MX 10 mail
ns1 A 192.0.2.1
mail A 192.0.2.25
www A 192.0.2.99
www TXT "stays"
cdn CNAME www
_sip._tcp SRV 10 60 5060 mail
odd TYPE65280 \\# 4 0a000001
*.wild A 192.0.2.80
${more}`;
}

const OVERLAY = `www: {type: GSLB, service: web}
cdn: {type: GSLB, service: web}
`;

function files(address: Address, port: number, peerPort: number, signed: boolean): Files {
  const key = signed ? `, key: ${KEY.name}` : '';
  return {
    'steerdns.yaml': `listen: {dns: ['127.0.0.1:${port}'${address === '::1' ? `, '[::1]:${port}'` : ''}], http: [], admin: '127.0.0.1:0'}
zones: zones
services: services
geo: {databases: []}
keys: {${KEY.name}: {algorithm: hmac-sha256, secret: ${KEY.secret}}}
secondaries:
  Example.ORG: {from: [{address: '${address}', port: ${peerPort}${key}}], overlay: overlays/example.org.yaml}
transfer: {allow: [{prefix: 127.0.0.1}]}
`,
    'services/web.yaml': 'members: {a: {addresses: [192.0.2.80]}}\n',
    'overlays/example.org.yaml': OVERLAY,
    'zones/.keep': '',
  };
}

for (const [program, signed, address] of [
  ['named', true, '127.0.0.1'],
  ['named', true, '::1'],
  ['knotd', true, '127.0.0.1'],
  ['knotd', false, '::1'],
  ['nsd', true, '127.0.0.1'],
  ['nsd', false, '::1'],
] as const satisfies readonly (readonly [PeerName, boolean, Address])[]) {
  describe(`a zone transferred from ${program} at ${address}, ${signed ? 'signed' : 'unsigned'}`, function () {
    this.timeout(60_000);
    let folder: string;
    let steerdns: Steerdns;
    let peer: Peer;
    let port: number;

    before(async function () {
      needTool(this, 'dig');
      needTool(this, program);
      if (address === '::1') needIpv6(this);
      port = await freePort();
      const peerPort = await freePort(address);
      folder = await makeFolder(files(address, port, peerPort, signed));
      peer = new Peer(program, {
        folder: join(folder, 'peer'),
        port: peerPort,
        otherPort: port,
        address,
        zone: { name: ZONE, text: zoneText(10) },
        signed,
      });
      steerdns = await startSteerdns(folder);
    });

    after(async () => {
      await peer?.stop();
      await steerdns?.stop();
      if (folder !== undefined) await removeFolder(folder);
    });

    async function has(serial: number): Promise<void> {
      await until(
        () => serialAt(port, ZONE),
        (found) => found === serial,
      ).catch((error: unknown) => {
        throw new Error(`${String(error)}\n${peer.output}\n${steerdns.log}`);
      });
    }

    it('RFC 1034 §6.1: is answered with SERVFAIL while nothing has come', async () => {
      for (const question of [
        'example.org SOA',
        'example.org A',
        'www.example.org A',
        'a.b.example.org TXT',
        'example.org ANY',
      ]) {
        const { status, flags } = await dig({ address: '127.0.0.1', port }, question);
        expect(status, question).to.equal('SERVFAIL');
        expect(flags).to.not.include('aa');
      }
    });

    it('comes whole, and the overlay takes the place of what it names', async () => {
      await peer.start();
      await has(10);
      const at = { address: '127.0.0.1', port };
      expect(answerData(await dig(at, 'mail.example.org A'))).to.deep.equal(['192.0.2.25']);
      expect(answerData(await dig(at, 'odd.example.org TYPE65280'))).to.deep.equal(['\\# 4 0A000001']);
      expect(answerData(await dig(at, 'x.wild.example.org A'))).to.deep.equal(['192.0.2.80']);
      expect(answerData(await dig(at, 'www.example.org A'))).to.deep.equal(['192.0.2.80']);
      expect(answerData(await dig(at, 'www.example.org TXT'))).to.deep.equal(['"stays"']);
      expect((await dig(at, 'cdn.example.org CNAME')).answer).to.deep.equal([]);
      expect(answerData(await dig(at, 'cdn.example.org A'))).to.deep.equal(['192.0.2.80']);
      expect((await dig(at, 'nothing.example.org A')).status).to.equal('NXDOMAIN');
    });

    it('comes by NOTIFY and IXFR when it changes', async () => {
      await peer.writeZone(zoneText(11, 'new A 192.0.2.2\n'));
      peer.reload();
      await has(11);
      expect(await axfr(port, ZONE)).to.include('new.example.org.\t3600\tIN\tA\t192.0.2.2');
      expect(steerdns.log).to.match(/serial 11 came by IXFR/);
    });

    it('is served from disk while no primary is there, over a restart', async () => {
      await peer.stop();
      await steerdns.stop();
      steerdns = await startSteerdns(folder);
      expect(await serialAt(port, ZONE)).to.equal(11);
      expect(await axfr(port, ZONE)).to.include('new.example.org.\t3600\tIN\tA\t192.0.2.2');
    });

    it('RFC 1034 §4.3.5: stays when a primary comes back with an older serial', async () => {
      const since = steerdns.log.length;
      const older = new Peer(program, {
        ...peer.options,
        folder: join(folder, 'older'),
        zone: { name: ZONE, text: zoneText(9) },
      });
      await older.start();
      try {
        await steerdns.waitForLog(/its serial is 9, older than 11 here/, since);
        expect(await serialAt(port, ZONE)).to.equal(11);
      } finally {
        await older.stop();
      }
    });

    it('comes by refresh when the NOTIFY was lost', async () => {
      const silent = new Peer(program, {
        ...peer.options,
        folder: join(folder, 'silent'),
        notify: false,
        zone: { name: ZONE, text: zoneText(12, 'newest A 192.0.2.3\n') },
      });
      peer = silent;
      await silent.start();
      await has(12);
      expect(await axfr(port, ZONE)).to.include('newest.example.org.\t3600\tIN\tA\t192.0.2.3');
    });
  });
}
