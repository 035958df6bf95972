import { expect } from 'chai';
import fc from 'fast-check';
import { LookupName } from '../../src/wire/lookup-name.js';
import { formatName, parseName } from '../../src/wire/name.js';
import { RrType } from '../../src/wire/protocol.js';
import { Finding, Found, findNode, findRrset, findZone } from '../../src/zone/find.js';
import { ZoneBuilder } from '../../src/zone/zone-builder.js';
import { Node, nodeWord, RrsetWord, rrsetWord, type ZoneStore } from '../../src/zone/zone-store.js';

const SOA = new Uint8Array(22);
const NO_ALIAS = (): number => {
  throw new Error('there is no ALIAS');
};

type Names = ReadonlyMap<string, ReadonlySet<number>>;

function build(zones: ReadonlyMap<string, Names>): ZoneStore {
  const builder = new ZoneBuilder();
  for (const [apex, names] of zones) {
    builder.addZone(parseName(apex));
    builder.addStatic(parseName(apex), RrType.SOA, 60, [SOA]);
    for (const [name, types] of names) {
      for (const type of types) builder.addStatic(parseName(name), type, 60, [rdataOf(type)]);
    }
  }
  return builder.build(NO_ALIAS);
}

function rdataOf(type: number): Uint8Array {
  return type === RrType.A ? Uint8Array.of(192, 0, 2, 1) : parseName('elsewhere.');
}

const WORDS = ['exact', 'wildcard', 'cut', 'dname', 'nxdomain'];

/** What the store finds, as `HOW NODE`. */
function find(store: ZoneStore, qname: string): string {
  const name = new LookupName();
  const finding = new Finding();
  name.set(parseName(qname), 0);
  const zone = findZone(store, name);
  if (zone < 0) return 'outside';
  findNode(store, zone, name, finding);
  return `${WORDS[finding.found]} ${formatName(store.octets, nodeWord(store, finding.node, Node.NAME_AT))}`;
}

/** What RFC 1034 §4.3.2, RFC 4592 and RFC 6672 say, from the root down and by text. */
function expected(zones: ReadonlyMap<string, Names>, qname: string): string {
  const [apex] = ancestors(qname).filter((name) => zones.has(name));
  if (apex === undefined) return 'outside';
  const names = zones.get(apex) as Names;
  const exists = (name: string): boolean =>
    name === apex || [...names.keys()].some((owner) => owner === name || owner.endsWith(`.${name}`));
  const has = (name: string, type: number): boolean => names.get(name)?.has(type) ?? false;
  const path = ancestors(qname).filter(
    (name) => name === apex || name.endsWith(apex === '.' ? '.' : `.${apex}`),
  );
  for (const name of path.toReversed()) {
    if (name !== apex && !name.startsWith('*.') && has(name, RrType.NS)) return `cut ${name}`;
    if (name !== qname && has(name, RrType.DNAME)) return `dname ${name}`;
  }
  if (exists(qname)) return `exact ${qname}`;
  const encloser = path.find(exists) as string;
  const wildcard = `*.${encloser}`;
  return exists(wildcard) ? `wildcard ${wildcard}` : `nxdomain ${encloser}`;
}

/** The name and each name above it, down to the root. */
function ancestors(name: string): string[] {
  if (name === '.') return ['.'];
  const parent = name.slice(name.indexOf('.') + 1);
  return [name, ...ancestors(parent === '' ? '.' : parent)];
}

describe('findNode', () => {
  const label = fc.constantFrom('a', 'b', '*');
  const below = (apex: string, min: number): fc.Arbitrary<string> =>
    fc.array(label, { minLength: min, maxLength: 4 }).map((labels) => [...labels, apex].join('.'));
  const type = fc.constantFrom(RrType.A, RrType.A, RrType.A, RrType.NS, RrType.DNAME);
  const namesOf = (apex: string): fc.Arbitrary<Names> =>
    fc
      .array(fc.tuple(below(apex, 1), type), { maxLength: 8 })
      .map((entries) =>
        entries.reduce(
          (names, [name, each]) => names.set(name, new Set([...(names.get(name) ?? []), each])),
          new Map<string, Set<number>>(),
        ),
      );

  it('finds what RFC 1034, 4592 and 6672 say, in any zone', () => {
    fc.assert(
      fc.property(namesOf('x.'), namesOf('a.x.'), below('x.', 0), (parent, child, qname) => {
        const zones = new Map([
          ['x.', parent],
          ['a.x.', child],
        ]);
        expect(find(build(zones), qname)).to.equal(expected(zones, qname));
      }),
      { numRuns: 600 },
    );
  });

  it('finds in the root zone', () => {
    const zones = new Map([['.', new Map([['a.b.', new Set([RrType.A])]])]]);
    const store = build(zones);
    for (const [qname, found] of [
      ['.', 'exact .'],
      ['b.', 'exact b.'],
      ['a.b.', 'exact a.b.'],
      ['c.b.', 'nxdomain b.'],
      ['c.', 'nxdomain .'],
    ] as const) {
      expect(find(store, qname)).to.equal(found);
    }
  });

  it('keeps 20,000 names and 300 zones apart', () => {
    const zones = new Map<string, Names>();
    for (let zone = 0; zone < 300; zone++) {
      const names = new Map<string, Set<number>>();
      for (let i = 0; i < 66; i++) names.set(`n${i}.z${zone}.test.`, new Set([RrType.A]));
      zones.set(`z${zone}.test.`, names);
    }
    const store = build(zones);
    for (let zone = 0; zone < 300; zone++) {
      for (let i = 0; i < 66; i++) {
        const name = `n${i}.z${zone}.test.`;
        expect(find(store, name)).to.equal(`exact ${name}`);
      }
      expect(find(store, `n66.z${zone}.test.`)).to.equal(`nxdomain z${zone}.test.`);
    }
    expect(find(store, 'z300.test.')).to.equal('outside');
    expect(find(store, 'test.')).to.equal('outside');
  });

  it('finds in any case, owners written in any case', () => {
    const store = build(new Map([['Example.', new Map([['WWW.example.', new Set([RrType.A])]])]]));
    expect(find(store, 'wWw.EXAMPLE.')).to.equal('exact www.example.');
  });

  it('leaves out first labels when it looks for a zone', () => {
    const store = build(
      new Map([
        ['x.', new Map()],
        ['a.x.', new Map()],
      ]),
    );
    const name = new LookupName();
    name.set(parseName('a.x.'), 0);
    expect(findZone(store, name)).to.equal(1);
    expect(findZone(store, name, 1)).to.equal(0);
    expect(findZone(store, name, 2)).to.equal(-1);
  });
});

describe('ZoneBuilder', () => {
  it('keeps the RRsets of a node together, in the order added, each with its RRs', () => {
    const builder = new ZoneBuilder();
    builder.addZone(parseName('x.'));
    builder.addStatic(parseName('x.'), RrType.SOA, 60, [SOA]);
    builder.addStatic(parseName('a.x.'), RrType.TXT, 1, [Uint8Array.of(1, 0x61)]);
    builder.addStatic(parseName('b.x.'), RrType.A, 2, [Uint8Array.of(1, 2, 3, 4), Uint8Array.of(5, 6, 7, 8)]);
    builder.addStatic(parseName('a.x.'), RrType.A, 3, [Uint8Array.of(9, 9, 9, 9)]);
    const store = builder.build(NO_ALIAS);
    const name = new LookupName();
    const finding = new Finding();
    name.set(parseName('a.x.'), 0);
    findNode(store, 0, name, finding);
    expect(nodeWord(store, finding.node, Node.RRSET_COUNT)).to.equal(2);
    const txt = findRrset(store, finding.node, RrType.TXT);
    const a = findRrset(store, finding.node, RrType.A);
    expect(a).to.equal(txt + RrsetWord.WORDS);
    expect(rrsetWord(store, a, RrsetWord.TTL)).to.equal(3);
    expect(findRrset(store, finding.node, RrType.AAAA)).to.equal(-1);
    name.set(parseName('b.x.'), 0);
    findNode(store, 0, name, finding);
    const b = findRrset(store, finding.node, RrType.A);
    expect(rrsetWord(store, b, RrsetWord.COUNT)).to.equal(2);
    const data = rrsetWord(store, b, RrsetWord.DATA);
    expect([...store.octets.subarray(data, data + 12)]).to.deep.equal([0, 4, 1, 2, 3, 4, 0, 4, 5, 6, 7, 8]);
  });

  it('takes an RRset too large for a message: there is only no answer compiled for it', () => {
    const builder = new ZoneBuilder();
    builder.addZone(parseName('x.'));
    builder.addStatic(parseName('x.'), RrType.SOA, 60, [SOA]);
    const rdata = Array.from({ length: 300 }, () => new Uint8Array(256).fill(0x61));
    builder.addStatic(parseName('big.x.'), RrType.TXT, 60, rdata);
    const store = builder.build(NO_ALIAS);
    const name = new LookupName();
    const finding = new Finding();
    name.set(parseName('big.x.'), 0);
    findNode(store, 0, name, finding);
    const rrset = findRrset(store, finding.node, RrType.TXT);
    expect(finding.found).to.equal(Found.EXACT);
    expect(rrsetWord(store, rrset, RrsetWord.COUNT)).to.equal(300);
    expect(rrsetWord(store, rrset, RrsetWord.WIRE_AT)).to.equal(0);
  });

  it('spreads names that differ in a digit or in their zone: a name is found within two slots of its own, on average', () => {
    const numbered = (apex: string, count: number): [string, Names] => [
      apex,
      new Map(Array.from({ length: count }, (_, i) => [`host${i}.${apex}`, new Set([RrType.A])])),
    ];
    const tables = [
      new Map([numbered('example.', 20_000)]),
      new Map(Array.from({ length: 500 }, (_, zone) => numbered(`z${zone}.example.`, 40))),
    ];
    for (const zones of tables) {
      const { slots } = build(zones);
      const mask = slots.length / 2 - 1;
      let used = 0;
      let distance = 0;
      for (let slot = 0; slot <= mask; slot++) {
        if (slots[2 * slot + 1] === 0) continue;
        used += 1;
        distance += (slot - (slots[2 * slot] as number)) & mask;
      }
      expect(used).to.be.at.least(20_000);
      expect(distance / used).to.be.below(1);
    }
  });

  it('keeps a node with its RRsets, name and RDATA in one stretch of memory', () => {
    const store = build(new Map([['x.', new Map([['www.x.', new Set([RrType.A])]])]]));
    const name = new LookupName();
    const finding = new Finding();
    name.set(parseName('www.x.'), 0);
    findNode(store, 0, name, finding);
    const rrset = findRrset(store, finding.node, RrType.A);
    const nameAt = nodeWord(store, finding.node, Node.NAME_AT);
    expect(rrset).to.equal(finding.node + Node.WORDS);
    expect(nameAt).to.equal(4 * (rrset + RrsetWord.WORDS));
    expect(rrsetWord(store, rrset, RrsetWord.WIRE_AT)).to.equal(nameAt + 8);
    const data = rrsetWord(store, rrset, RrsetWord.DATA);
    expect([...store.octets.subarray(data, data + 6)]).to.deep.equal([0, 4, 192, 0, 2, 1]);
  });

  it('refuses an owner outside of the zone', () => {
    const builder = new ZoneBuilder();
    builder.addZone(parseName('a.x.'));
    expect(() => builder.addStatic(parseName('b.x.'), RrType.A, 60, [])).to.throw(
      RangeError,
      'b.x. is not in the zone that was begun last',
    );
    expect(() => builder.addStatic(parseName('x.'), RrType.A, 60, [])).to.throw(RangeError);
  });

  it('refuses a zone without SOA', () => {
    const builder = new ZoneBuilder();
    builder.addZone(parseName('x.'));
    expect(() => builder.build(NO_ALIAS)).to.throw(RangeError, 'a zone has no SOA');
  });

  it('builds a store of no zones', () => {
    expect(find(new ZoneBuilder().build(NO_ALIAS), 'a.x.')).to.equal('outside');
  });

  it('shares all memory between threads', () => {
    for (const array of Object.values(build(new Map([['x.', new Map()]])))) {
      expect(array.buffer).to.be.instanceOf(SharedArrayBuffer);
    }
  });
});
