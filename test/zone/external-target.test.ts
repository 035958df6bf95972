import { expect } from 'chai';
import { formatName, parseName } from '../../src/wire/name.js';
import { RrType } from '../../src/wire/protocol.js';
import { externalTarget } from '../../src/zone/external-target.js';
import { ZoneBuilder } from '../../src/zone/zone-builder.js';

const LONG = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.out.`;

function makeStore(): { store: ReturnType<ZoneBuilder['build']>; targets: string[] } {
  const builder = new ZoneBuilder();
  const add = (owner: string, type: number, target: string): void =>
    builder.addStatic(parseName(owner), type, 60, [parseName(target)]);
  builder.addZone(parseName('x.'));
  builder.addStatic(parseName('x.'), RrType.SOA, 60, [new Uint8Array(22)]);
  builder.addStatic(parseName('here.x.'), RrType.A, 60, [Uint8Array.of(192, 0, 2, 1)]);
  add('one.x.', RrType.CNAME, 'Far.Out.');
  add('two.x.', RrType.CNAME, 'one.x.');
  add('loop.x.', RrType.CNAME, 'pool.x.');
  add('pool.x.', RrType.CNAME, 'loop.x.');
  add('cut.x.', RrType.NS, 'ns.out.');
  add('d.x.', RrType.DNAME, 'new.out.');
  add('long.x.', RrType.DNAME, LONG);
  builder.addStatic(parseName('*.w.x.'), RrType.CNAME, 60, [parseName('wild.out.')]);
  builder.addAlias(parseName('alias.x.'), RrType.A, 60, parseName('two.x.'));
  const targets: string[] = [];
  const store = builder.build((target) => targets.push(formatName(target)) - 1);
  return { store, targets };
}

describe('externalTarget', () => {
  const { store, targets } = makeStore();
  const ROWS = [
    { it: 'is the name itself outside of the zones', name: 'Y.Out.', target: 'y.out.' },
    { it: 'follows a CNAME, to lower case', name: 'one.x.', target: 'far.out.' },
    { it: 'follows several', name: 'two.x.', target: 'far.out.' },
    { it: 'follows ALIAS', name: 'alias.x.', target: 'far.out.' },
    { it: 'follows the CNAME of a wildcard', name: 'any.w.x.', target: 'wild.out.' },
    { it: 'follows DNAME', name: 'a.b.d.x.', target: 'a.b.new.out.' },
    { it: 'is a name below a zone cut', name: 'a.cut.x.', target: 'a.cut.x.' },
    { it: 'is none where the way ends inside', name: 'here.x.', target: undefined },
    { it: 'is none for a name that does not exist', name: 'no.x.', target: undefined },
    { it: 'is none for a loop', name: 'loop.x.', target: undefined },
    {
      it: 'is none for a name that DNAME makes too long',
      name: `${'d'.repeat(63)}.long.x.`,
      target: undefined,
    },
  ];
  for (const row of ROWS) {
    it(row.it, () => {
      const target = externalTarget(store, parseName(row.name));
      expect(target && formatName(target)).to.equal(row.target);
    });
  }

  it('gives each ALIAS a place to keep the addresses', () => expect(targets).to.deep.equal(['far.out.']));
});
