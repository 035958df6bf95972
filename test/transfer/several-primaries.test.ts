import { join } from 'node:path';
import { expect } from 'chai';
import type { PeerName } from '../support/peer-process.js';
import { makeFolder, removeFolder, type Steerdns, startSteerdns } from '../support/steerdns.js';
import { needTool } from '../support/tools.js';
import { until } from '../support/until.js';
import { axfr, freePort, Peer, serialAt } from './peers.js';

const ZONE = 'example.org';

/** A master file, with timers of seconds. */
function zoneText(serial: number, more = ''): string {
  return `$ORIGIN ${ZONE}.
$TTL 3600
@ IN SOA ns1 hostmaster ${serial} 2 1 86400 300
@ NS ns1
ns1 A 192.0.2.1
${more}`;
}

for (const newer of ['knotd', 'nsd'] as const satisfies readonly PeerName[]) {
  describe(`a zone of three primaries: named, one that is dead, and ${newer} with a newer serial`, function () {
    this.timeout(60_000);
    let folder: string;
    let steerdns: Steerdns;
    let named: Peer;
    let other: Peer;
    let port: number;
    let deadPort: number;

    before(async function () {
      for (const tool of ['dig', 'named', newer] as const) needTool(this, tool);
      port = await freePort();
      const [namedPort, otherPort] = [await freePort(), await freePort()];
      deadPort = await freePort();
      const from = [namedPort, deadPort, otherPort].map((at) => `{address: 127.0.0.1, port: ${at}}`);
      folder = await makeFolder({
        'steerdns.yaml': `listen: {dns: ['127.0.0.1:${port}'], http: [], admin: '127.0.0.1:0'}
zones: zones
geo: {databases: []}
secondaries: {${ZONE}: {from: [${from.join(', ')}]}}
transfer: {allow: [{prefix: 127.0.0.1}]}
`,
        'zones/.keep': '',
      });
      const peer = (program: PeerName, own: number, text: string): Peer =>
        new Peer(program, {
          folder: join(folder, program),
          port: own,
          otherPort: port,
          zone: { name: ZONE, text },
          signed: false,
          // Whoever is asked is asked because it is time.
          notify: false,
        });
      named = peer('named', namedPort, zoneText(10));
      other = peer(newer, otherPort, zoneText(12, 'new A 192.0.2.12\n'));
      await named.start();
      steerdns = await startSteerdns(folder);
    });

    after(async () => {
      await Promise.all([named?.stop(), other?.stop()]);
      await steerdns?.stop();
      if (folder !== undefined) await removeFolder(folder);
    });

    async function has(serial: number): Promise<void> {
      await until(
        () => serialAt(port, ZONE),
        (found) => found === serial,
      ).catch((error: unknown) => {
        throw new Error(`${String(error)}\n${named.output}\n${other.output}\n${steerdns.log}`);
      });
    }

    /** What `steerdns status` has in the zone's line. */
    async function statusLine(): Promise<string> {
      const { stdout } = await steerdns.command('status');
      const secondaries = stdout.slice(stdout.indexOf('\nsecondary '));
      return /^example\.org\..*/m.exec(secondaries)?.[0] ?? stdout;
    }

    it('comes from the one that is there, and status tells of those that are not', async () => {
      await has(10);
      await steerdns.waitForLog(/not every primary of zone example\.org\. has it/);
      expect(await statusLine()).to.match(/ served.* 10 .*in (1 d|23 h).* for \d+ s: .*refused/i);
    });

    it('comes from a later one that is newer, though an earlier one has nothing newer', async () => {
      await other.start();
      await has(12);
      expect(await axfr(port, ZONE)).to.include('new.example.org.\t3600\tIN\tA\t192.0.2.12');
    });

    it('is confirmed by the newest, while status tells of the one that lags behind and of the dead one', async () => {
      await steerdns.waitForLog(/its serial is 10, older than 12 here/);
      const line = await statusLine();
      expect(line).to.match(/ served.* 12 /);
      expect(line).to.include('127.0.0.1: its serial is 10, older than 12 here; 127.0.0.1: ');
    });

    it('comes from the first again once that is newer', async () => {
      await other.stop();
      await named.writeZone(zoneText(13, 'again A 192.0.2.13\n'));
      named.reload();
      await has(13);
      expect(await axfr(port, ZONE)).to.deep.include('again.example.org.\t3600\tIN\tA\t192.0.2.13');
    });
  });
}
