import { expect } from 'chai';
import fc from 'fast-check';
import { rdataFromText } from '../../src/rr/rdata.js';
import { nextVersion, packVersion, unpackVersion, type ZoneVersion } from '../../src/transfer/journal.js';
import { Message } from '../../src/transfer/message.js';
import { type RrList, RrListWriter, rrAt, rrsOf, serialOf } from '../../src/transfer/rr-list.js';
import { TransferReader } from '../../src/transfer/transfer-reader.js';
import { parseName } from '../../src/wire/name.js';
import { put16 } from '../../src/wire/octets.js';
import { RrType } from '../../src/wire/protocol.js';

const APEX = parseName('example.com.');

/** A zone with an address for each number. */
function zone(serial: number, hosts: Iterable<number>): RrList {
  const out = new RrListWriter();
  out.add(
    APEX,
    RrType.SOA,
    60,
    rdataFromText(RrType.SOA, `ns.example.com. h.example.com. ${serial} 1 1 1 1`),
  );
  for (const host of hosts)
    out.add(parseName(`h${host}.example.com.`), RrType.A, 60, Uint8Array.of(192, 0, 2, host));
  return out.shared();
}

function setOf(list: RrList): Set<string> {
  return new Set([...rrsOf(list)].map(({ at, end }) => Buffer.from(list.subarray(at, end)).toString('hex')));
}

describe('versions of a zone', () => {
  it('change nothing while the zone stays, in whatever order', () => {
    const first = nextVersion(undefined, zone(1, [1, 2]));
    expect(nextVersion(first, zone(1, [1, 2]))).to.equal(first);
    expect(nextVersion(first, zone(1, [2, 1]))).to.equal(first);
  });

  it('of a serial that goes back begin anew', () => {
    const second = nextVersion(nextVersion(undefined, zone(1, [1])), zone(2, [1, 2]));
    expect(second.changes.length).to.equal(1);
    expect(nextVersion(second, zone(1, [1])).changes).to.deep.equal([]);
  });

  it('have changes of any size', () => {
    const many = Array.from({ length: 1000 }, (_, i) => i);
    const grown = nextVersion(nextVersion(undefined, zone(1, [])), zone(2, many));
    const change = grown.changes[0]?.list as RrList;
    const wanted = [...setOf(zone(1, [])), ...setOf(zone(2, many))];
    expect([...setOf(change)]).to.deep.equal(wanted);
  });

  it('that were another zone under the same serial give no changes from it', () => {
    const first = nextVersion(nextVersion(undefined, zone(1, [1])), zone(2, [1, 2]));
    const other = nextVersion(first, zone(2, [3]));
    expect(other).to.deep.include({ changes: [], exact: false });
    const next = nextVersion(other, zone(3, [4]));
    expect(next.changes).to.deep.equal([]);
    expect(nextVersion(next, zone(4, [5])).changes.map(({ from }) => from)).to.deep.equal([3]);
  });

  it('are bounded in number', () => {
    let version = nextVersion(undefined, zone(1, []));
    for (let serial = 2; serial < 200; serial++) version = nextVersion(version, zone(serial, [serial]));
    expect(version.changes.length).to.equal(100);
    expect(version.changes.at(-1)?.to).to.equal(199);
  });

  it('outlive a file, and a damaged one is not taken', () => {
    const version = nextVersion(nextVersion(undefined, zone(1, [1])), zone(2, [1, 2]));
    const file = packVersion(version);
    const read = unpackVersion(file) as ZoneVersion;
    expect(read.exact).to.equal(true);
    expect(Buffer.compare(read.list, version.list)).to.equal(0);
    expect(read.changes.map(({ from, to }) => [from, to])).to.deep.equal([[1, 2]]);
    for (const at of [0, 40, file.length - 1]) {
      const damaged = file.slice();
      damaged[at] = (damaged[at] as number) ^ 1;
      expect(unpackVersion(damaged), `octet ${at}`).to.equal(undefined);
    }
    expect(unpackVersion(file.subarray(0, file.length - 5))).to.equal(undefined);
    expect(unpackVersion(new Uint8Array(0))).to.equal(undefined);
  });

  it('lead from any of them to the last by the changes that IXFR gives', () => {
    const hosts = fc.uniqueArray(fc.integer({ min: 0, max: 30 }), { maxLength: 20 });
    fc.assert(
      fc.property(fc.array(hosts, { minLength: 2, maxLength: 6 }), (states) => {
        const lists = states.map((state, i) => zone(i + 1, state));
        let version = nextVersion(undefined, lists[0] as RrList);
        for (const list of lists.slice(1)) version = nextVersion(version, list);
        for (const [i, list] of lists.slice(0, -1).entries()) {
          const soa = version.list.subarray(0, rrAt(version.list, 0).end);
          const changes = version.changes.filter(({ from }) => from >= i + 1).map((change) => change.list);
          const transferred = new TransferReader(APEX, list).take(
            message(Buffer.concat([soa, ...changes, soa])),
          );
          if (transferred?.kind !== 'zone') throw new Error('no zone');
          expect(serialOf(transferred.list)).to.equal(lists.length);
          expect(setOf(transferred.list)).to.deep.equal(setOf(version.list));
        }
      }),
      { numRuns: 50 },
    );
  });
});

function message(rrs: Uint8Array): Message {
  const octets = new Uint8Array(12 + rrs.length);
  put16(octets, 2, 0x8400);
  put16(octets, 6, [...rrsOf(rrs)].length);
  octets.set(rrs, 12);
  return new Message(octets);
}
