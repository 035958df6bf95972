import { expect } from 'chai';
import { LookupName } from '../../src/wire/lookup-name.js';
import { parseName } from '../../src/wire/name.js';
import { OwnerIndex } from '../../src/zonefile/owner-index.js';
import { RecordList } from '../../src/zonefile/record-list.js';

describe('zonefile/owner-index', () => {
  const records = RecordList.empty();
  const index = new OwnerIndex(records, 8);
  const name = new LookupName();
  const add = (text: string): void => {
    const owner = parseName(text);
    name.set(owner, 0);
    const where = { file: 'z.yaml', line: 1, column: 1 };
    const first = index.find(name);
    const added = records.add({ kind: 'static', owner, ttl: 1, where, type: 1, rdata: [new Uint8Array(4)] });
    index.add(added, name, first);
  };
  const find = (text: string, label = 0): number => {
    name.set(parseName(text), 0);
    return index.find(name, label);
  };
  before(() => {
    for (let i = 0; i < 20_000; i++) add(`n${i}.Example.`);
    add('n7.EXAMPLE.');
    add('n7.example.');
    add('example.');
  });

  it('finds each of 20,000 owners, in any case', () => {
    for (let i = 0; i < 20_000; i++) expect(find(`N${i}.example.`)).to.equal(i);
  });
  it('finds none that is not there', () => {
    for (const text of ['n20000.example.', 'n1.n2.example.', 'n1.example.org.', '.', 'xample.'])
      expect(find(text), text).to.equal(-1);
  });
  it('finds a name without its first labels', () => {
    expect(find('a.b.n3.example.', 2)).to.equal(3);
    expect(find('n3.example.', 1)).to.equal(20_002);
  });
  it('leads from one record of an owner to the next, in the order of adding', () => {
    expect([index.next(7), index.next(20_000), index.next(20_001)]).to.deep.equal([20_000, 20_001, -1]);
    expect(index.next(8)).to.equal(-1);
  });
  it('lists the first record of each owner', () => {
    expect(index.firsts.length).to.equal(20_001);
    expect(index.firsts[20_000]).to.equal(20_002);
  });
});
