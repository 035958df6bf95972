import { expect } from 'chai';
import { TransferPrimary } from '../../src/transfer/primary.js';
import { rrsOf } from '../../src/transfer/rr-list.js';
import type { TransferZone } from '../../src/transfer/thread-messages.js';
import { ZoneLister } from '../../src/transfer/zone-list.js';
import { formatName } from '../../src/wire/name.js';
import { Scenario } from '../answer/scenario.js';
import { makeFolder, removeFolder } from '../support/steerdns.js';

/** Records of more octets than are listed beside other work. */
const LARGE = 5_000;

function zoneText(serial: number, hosts: number): string {
  const soa = `{mname: ns1, rname: h, serial: ${serial}, refresh: 1, retry: 1, expire: 1, minimum: 1}`;
  const head = `'':\n  - {type: SOA, value: ${soa}}\n  - {type: NS, value: ns1.example.com.}\nns1: {type: A, value: 192.0.2.1}\n`;
  const steered = 'www: {type: GSLB, service: web}\n';
  return `${head}${steered}${Array.from({ length: hosts }, (_, i) => `h${i}: {type: A, value: 10.0.${(i >> 8) & 255}.${i & 255}}\n`).join('')}`;
}

function hexOf({ list }: { readonly list: Uint8Array }): string {
  return Buffer.from(list).toString('hex');
}

/** Counts the zones that this thread lists itself. */
function countLists(): { count: number; undo: () => void } {
  const { list } = ZoneLister.prototype;
  const counted = { count: 0, undo: () => Object.assign(ZoneLister.prototype, { list }) };
  ZoneLister.prototype.list = function (zone) {
    counted.count += 1;
    return list.call(this, zone);
  };
  return counted;
}

describe('zones that are transferred from here', () => {
  let folder: string;
  let primary: TransferPrimary;
  let warnings: string[];

  beforeEach(async () => {
    folder = await makeFolder();
    warnings = [];
    primary = new TransferPrimary(folder, {
      debug: () => {},
      info: () => {},
      warn: (_fields, message) => warnings.push(message),
    });
  });

  afterEach(async () => {
    await primary.stop();
    await removeFolder(folder);
  });

  async function update(
    serial: number,
    hosts: number,
    other: TransferPrimary = primary,
  ): Promise<TransferZone> {
    const { built, states } = new Scenario({
      zones: {
        'example.com.': zoneText(serial, hosts),
        'other.example.': "'': {type: NS, value: ns.other.example.}",
      },
      services: { web: 'members: {a: {addresses: [192.0.2.80]}, b: {host: b.example.net.}}\n' },
    });
    const nobody = { allow: [], notify: [] };
    const zones = new Map([['other.example.', nobody]]);
    const transfer = { allow: [{ prefix: '127.0.0.0/8' }], notify: [], zones };
    const work = { catalog: built.catalog, transfer, stateWords: states.words.length };
    const updated = await other.update(work, built.services, new Map());
    expect(updated.zones.map(({ apex }) => formatName(apex))).to.deep.equal(['example.com.']);
    return updated.zones[0] as TransferZone;
  }

  it('are listed and compared beside this thread when they are large, which goes on with its own work', async () => {
    const here = countLists();
    try {
      let turns = 0;
      let going = true;
      const turn = (): void => {
        turns += 1;
        if (going) setImmediate(turn);
      };
      setImmediate(turn);
      const first = await update(1, LARGE);
      const second = await update(2, LARGE + 1);
      going = false;
      expect(here.count).to.equal(0);
      expect(turns).to.be.greaterThan(2);
      expect([...rrsOf(first.list)].length).to.equal(LARGE + 4);
      expect(second.changes.map(({ from, to }) => [from, to])).to.deep.equal([[1, 2]]);
    } finally {
      here.undo();
    }
  });

  it('are the same, changes too, wherever they were listed', async () => {
    const elsewhere = new TransferPrimary(await makeFolder(), {
      debug: () => {},
      info: () => {},
      warn: () => {},
    });
    const alone = countLists();
    const small = [await update(1, 10, elsewhere), await update(2, 11, elsewhere)];
    alone.undo();
    expect(alone.count, 'small zones are listed at once').to.equal(2);
    // Once zones were large, the thread goes on with them when they are small.
    await update(0, LARGE);
    const threaded = [await update(1, 10), await update(2, 11)];
    expect(threaded.map(hexOf)).to.deep.equal(small.map(hexOf));
    expect(threaded[1]?.changes.slice(-1).map(hexOf)).to.deep.equal(small[1]?.changes.map(hexOf));
    expect(threaded[1]?.allow).to.deep.equal(small[1]?.allow);
    expect(warnings).to.deep.equal([]);
  });

  it('tell of what the thread warns of', async () => {
    await update(1, LARGE);
    await update(1, LARGE + 1);
    expect(warnings).to.deep.equal([
      'zone example.com. changed but its serial did not: secondaries keep the old one',
    ]);
  });
});
