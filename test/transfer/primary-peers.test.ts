import { join } from 'node:path';
import { expect } from 'chai';
import type { PeerName } from '../support/peer-process.js';
import {
  type Files,
  makeFolder,
  removeFolder,
  type Steerdns,
  startSteerdns,
  writeFiles,
} from '../support/steerdns.js';
import { needIpv6, needTool } from '../support/tools.js';
import { until } from '../support/until.js';
import { type Address, axfr, DIG_KEY, freePort, KEY, Peer, serialAt, transferLines } from './peers.js';

const ZONE = 'example.com';

/** A zone of every kind of record that is transferred otherwise than it is written. */
function zoneText(serial: number, more = ''): string {
  return `'':
  - {type: SOA, value: {mname: ns1, rname: hostmaster, serial: ${serial}, refresh: 3600, retry: 1, expire: 86400, minimum: 300}}
  - {type: NS, values: [ns1.example.com., ns2.example.net.]}
  - {type: MX, value: {preference: 10, exchange: mail.example.com.}}
  - {type: GSLB, service: web}
ns1: {type: A, value: 192.0.2.1}
mail: {type: A, value: 192.0.2.25}
www: {type: GSLB, service: web, ttl: 60}
alias: {type: ALIAS, value: mail.example.com.}
'*.wild': {type: TXT, value: wild}
lab: {type: NS, value: ns.lab.example.com.}
ns.lab: {type: A, value: 192.0.2.53}
dname: {type: DNAME, value: other.example.net.}
${more}`;
}

const SERVICE = `members:
  a: {addresses: [192.0.2.80, '2001:db8::80']}
`;

/** What a transfer of {@link zoneText} has, as dig shows it, without SOA. */
const RECORDS = [
  'alias.example.com.\t3600\tIN\tA\t192.0.2.25',
  'dname.example.com.\t3600\tIN\tDNAME\tother.example.net.',
  'example.com.\t60\tIN\tA\t192.0.2.80',
  'example.com.\t60\tIN\tAAAA\t2001:db8::80',
  'example.com.\t3600\tIN\tMX\t10 mail.example.com.',
  'example.com.\t3600\tIN\tNS\tns1.example.com.',
  'example.com.\t3600\tIN\tNS\tns2.example.net.',
  'lab.example.com.\t3600\tIN\tNS\tns.lab.example.com.',
  'mail.example.com.\t3600\tIN\tA\t192.0.2.25',
  'ns.lab.example.com.\t3600\tIN\tA\t192.0.2.53',
  'ns1.example.com.\t3600\tIN\tA\t192.0.2.1',
  '*.wild.example.com.\t3600\tIN\tTXT\t"wild"',
  'www.example.com.\t60\tIN\tA\t192.0.2.80',
  'www.example.com.\t60\tIN\tAAAA\t2001:db8::80',
].sort();

function files(address: Address, port: number, peerPort: number, signed: boolean): Files {
  const key = signed ? `, key: ${KEY.name}` : '';
  return {
    'steerdns.yaml': `listen: {dns: ['127.0.0.1:${port}'${address === '::1' ? `, '[::1]:${port}'` : ''}], http: [], admin: '127.0.0.1:0'}
zones: zones
services: services
geo: {databases: []}
keys: {${KEY.name}: {algorithm: hmac-sha256, secret: ${KEY.secret}}}
transfer:
  allow: [{prefix: 127.0.0.0/8${key}}, {prefix: '::1'${key}}]
  notify: [{address: '${address}', port: ${peerPort}${key}}]
`,
    'services/web.yaml': SERVICE,
    'zones/example.com.yaml': zoneText(1),
  };
}

for (const [program, signed, address] of [
  ['named', true, '127.0.0.1'],
  ['named', false, '::1'],
  ['knotd', true, '127.0.0.1'],
  ['knotd', true, '::1'],
  ['nsd', true, '127.0.0.1'],
  ['nsd', false, '::1'],
] as const satisfies readonly (readonly [PeerName, boolean, Address])[]) {
  describe(`zones transferred to ${program} at ${address}, ${signed ? 'signed' : 'unsigned'}`, function () {
    this.timeout(60_000);
    let folder: string;
    let steerdns: Steerdns;
    let peer: Peer;
    let port: number;
    const digKey = signed ? [DIG_KEY.split(' ')[0] as string, DIG_KEY.split(' ')[1] as string] : [];

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
        zone: { name: ZONE },
        signed,
      });
      steerdns = await startSteerdns(folder);
      await peer.start();
    });

    after(async () => {
      await peer?.stop();
      await steerdns?.stop();
      if (folder !== undefined) await removeFolder(folder);
    });

    /** Waits until the peer has a serial; what it printed helps when it never has. */
    async function peerHas(serial: number): Promise<void> {
      await until(
        () => serialAt(peer.at, ZONE),
        (found) => found === serial,
      ).catch((error: unknown) => {
        throw new Error(`${String(error)}\n${peer.output}\n${steerdns.log}`);
      });
    }

    async function change(serial: number, more: string): Promise<void> {
      await writeFiles(folder, { 'zones/example.com.yaml': zoneText(serial, more) });
      const { code, stderr } = await steerdns.command('reload');
      expect(code, stderr).to.equal(0);
    }

    it('has every record, steered names and ALIAS as they answer a client of whom nothing is known', async () => {
      await peerHas(1);
      expect(await axfr(port, ZONE, ...digKey)).to.deep.equal(RECORDS);
      expect(await axfr(peer.at, ZONE)).to.deep.equal(RECORDS);
    });

    it('comes over by NOTIFY when its serial rises', async () => {
      await change(2, 'new: {type: A, value: 192.0.2.2}\n');
      await peerHas(2);
      expect(await axfr(peer.at, ZONE)).to.include('new.example.com.\t3600\tIN\tA\t192.0.2.2');
    });

    it('RFC 1995 §4: is given as what changed to who has an earlier serial', async () => {
      await change(3, 'newer: {type: A, value: 192.0.2.3}\n');
      await peerHas(3);
      expect(await transferLines(port, ZONE, 'IXFR=2', ...digKey)).to.deep.equal([
        soa(3),
        soa(2),
        'new.example.com.\t3600\tIN\tA\t192.0.2.2',
        soa(3),
        'newer.example.com.\t3600\tIN\tA\t192.0.2.3',
        soa(3),
      ]);
      expect(await axfr(peer.at, ZONE)).to.deep.equal(await axfr(port, ZONE, ...digKey));
    });

    it('is given as what changed over a restart of steerdns too', async () => {
      await steerdns.stop();
      await writeFiles(folder, { 'zones/example.com.yaml': zoneText(4) });
      steerdns = await startSteerdns(folder);
      await peerHas(4);
      expect(await transferLines(port, ZONE, 'IXFR=3', ...digKey)).to.deep.equal([
        soa(4),
        soa(3),
        'newer.example.com.\t3600\tIN\tA\t192.0.2.3',
        soa(4),
        soa(4),
      ]);
      expect((await transferLines(port, ZONE, 'IXFR=2', ...digKey))?.length).to.equal(9);
      expect(await axfr(peer.at, ZONE)).to.deep.equal(RECORDS);
    });

    it('comes over when the secondary was away for the NOTIFY', async () => {
      await peer.stop();
      await change(5, 'late: {type: A, value: 192.0.2.5}\n');
      await peer.start();
      await peerHas(5);
      expect(await axfr(peer.at, ZONE)).to.deep.equal(await axfr(port, ZONE, ...digKey));
    });
  });
}

function soa(serial: number): string {
  return `example.com.\t3600\tIN\tSOA\tns1.example.com. hostmaster.example.com. ${serial} 3600 1 86400 300`;
}
