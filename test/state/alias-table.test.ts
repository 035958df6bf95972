import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import {
  AliasAnswer,
  AliasStatus,
  AliasTable,
  MAX_ALIAS_ADDRESSES,
  readAlias,
  STALE_TTL,
} from '../../src/state/alias-table.js';
import { lowerName, parseName } from '../../src/wire/name.js';

const NOW = 3_000_000_000; // In 2065: past what a signed word holds.

describe('state/alias-table', () => {
  it('gives a target the same slot for good, and each another', () => {
    const table = new AliasTable(8);
    const [a, b] = [parseName('a.example.'), parseName('b.example.')];
    expect(table.slotOf(a)).to.equal(0);
    expect(table.slotOf(b)).to.equal(1);
    expect(table.slotOf(lowerName(parseName('A.Example.')))).to.equal(0);
    expect(table.slotOf(parseName('a\\.example.'))).to.equal(2);
  });

  it('says so when it is full', () => {
    const table = new AliasTable(1);
    table.slotOf(parseName('a.'));
    expect(() => table.slotOf(parseName('b.'))).to.throw(
      RangeError,
      '1 are the most that this process holds',
    );
    expect(table.slotOf(parseName('a.'))).to.equal(0);
  });

  it('gives what was written, each family by itself', () => {
    const table = new AliasTable(4);
    const slot = table.slotOf(parseName('x.')) + 2;
    const v6 = Uint8Array.from({ length: 16 }, (_, i) => 0xf0 + i);
    table.write(
      slot,
      4,
      AliasStatus.ADDRESSES,
      [Uint8Array.of(192, 0, 2, 1), Uint8Array.of(255, 0, 2, 2)],
      NOW + 60,
    );
    const answer = new AliasAnswer();
    expect(table.read(slot, 4, NOW, answer)).to.equal(AliasStatus.ADDRESSES);
    expect([answer.count, answer.ttl]).to.deep.equal([2, 60]);
    expect([...answer.octets.subarray(0, 8)]).to.deep.equal([192, 0, 2, 1, 255, 0, 2, 2]);
    expect(table.read(slot, 6, NOW, answer)).to.equal(AliasStatus.UNKNOWN);
    expect(answer.count).to.equal(0);
    table.write(slot, 6, AliasStatus.ADDRESSES, [v6], NOW + 5);
    expect(table.read(slot, 6, NOW, answer)).to.equal(AliasStatus.ADDRESSES);
    expect([...answer.octets.subarray(0, 16)]).to.deep.equal([...v6]);
    expect(table.read(slot, 4, NOW, answer)).to.equal(AliasStatus.ADDRESSES);
    expect(answer.octets[4]).to.equal(255);
    expect(table.read(slot + 1, 4, NOW, answer)).to.equal(AliasStatus.UNKNOWN);
    expect(table.read(slot - 1, 6, NOW, answer)).to.equal(AliasStatus.UNKNOWN);
  });

  it('counts the TTL down, and gives stale addresses the TTL of RFC 8767', () => {
    const table = new AliasTable(1);
    table.write(0, 4, AliasStatus.ADDRESSES, [Uint8Array.of(1, 2, 3, 4)], NOW + 60);
    const answer = new AliasAnswer();
    const ttls = [NOW - 40, NOW + 59, NOW + 60, NOW + 9000].map((now) => {
      table.read(0, 4, now, answer);
      return answer.ttl;
    });
    expect(ttls).to.deep.equal([100, 1, STALE_TTL, STALE_TTL]);
  });

  it('tells NODATA and failure apart', () => {
    const table = new AliasTable(1);
    table.write(0, 4, AliasStatus.NODATA, [], NOW + 60);
    table.write(0, 6, AliasStatus.FAILED, [], NOW);
    const answer = new AliasAnswer();
    expect([table.read(0, 4, NOW, answer), answer.count, answer.ttl]).to.deep.equal([
      AliasStatus.NODATA,
      0,
      60,
    ]);
    expect([table.read(0, 6, NOW, answer), answer.count]).to.deep.equal([AliasStatus.FAILED, 0]);
  });

  it('leaves out addresses past what a slot holds', () => {
    const table = new AliasTable(2);
    const many = Array.from({ length: MAX_ALIAS_ADDRESSES + 4 }, (_, i) => new Uint8Array(16).fill(i + 1));
    table.write(0, 6, AliasStatus.ADDRESSES, many, NOW + 60);
    const answer = new AliasAnswer();
    table.read(0, 6, NOW, answer);
    expect(answer.count).to.equal(MAX_ALIAS_ADDRESSES);
    expect(answer.octets[255]).to.equal(MAX_ALIAS_ADDRESSES);
    expect(table.read(1, 4, NOW, answer)).to.equal(AliasStatus.UNKNOWN);
  });

  it('answers UNKNOWN, not half a slot, when a write never ends', () => {
    const table = new AliasTable(1);
    table.write(0, 4, AliasStatus.ADDRESSES, [Uint8Array.of(1, 2, 3, 4)], NOW + 60);
    table.words[0] = 3;
    const answer = new AliasAnswer();
    answer.count = 7;
    expect(readAlias(table.words, 0, 4, NOW, answer)).to.equal(AliasStatus.UNKNOWN);
    expect(answer.count).to.equal(0);
  });

  it('never gives a reader in another thread half of one write and half of another', async () => {
    const table = new AliasTable(1);
    const stop = new Int32Array(new SharedArrayBuffer(4));
    // Writes n addresses, all octets n, until it is stopped: a mixture would show.
    const worker = new Worker(
      `import { workerData } from 'node:worker_threads';
       import { AliasTable } from ${JSON.stringify(new URL('../../src/state/alias-table.js', import.meta.url).href)};
       const table = new AliasTable(1);
       Object.defineProperty(table, 'words', { value: workerData.words });
       for (let n = 1; Atomics.load(workerData.stop, 0) === 0; n = 1 + (n % 16)) {
         table.write(0, 6, 1, Array.from({ length: n }, () => new Uint8Array(16).fill(n)), ${NOW} + n);
       }`,
      { eval: true, workerData: { words: table.words, stop }, execArgv: ['--input-type=module'] },
    );
    const exited = once(worker, 'exit');
    const answer = new AliasAnswer();
    const counts = new Set<number>();
    try {
      for (let reads = 0; reads < 20_000 || counts.size < 16; ) {
        if (readAlias(table.words, 0, 6, NOW, answer) !== AliasStatus.ADDRESSES) {
          await new Promise(setImmediate);
          continue;
        }
        reads += 1;
        const n = answer.count;
        counts.add(n);
        const same = answer.ttl === n && answer.octets.subarray(0, n * 16).every((octet) => octet === n);
        if (!same) expect.fail(`count ${n}, ttl ${answer.ttl}, octets ${answer.octets.subarray(0, n * 16)}`);
      }
    } finally {
      Atomics.store(stop, 0, 1);
    }
    expect(await exited).to.deep.equal([0]);
  });
});
