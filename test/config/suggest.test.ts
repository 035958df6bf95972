import { expect } from 'chai';
import { didYouMean, nearest } from '../../src/config/suggest.js';

describe('nearest', () => {
  const keys = [
    'members',
    'pools',
    'rules',
    'answers',
    'check',
    'checks',
    'trusted_proxies',
    'wrr',
    'rr',
    'mh',
  ];
  const table: [string, string | undefined][] = [
    ['memebers', 'members'],
    ['mebmers', 'members'],
    ['Members', 'members'],
    ['polls', 'pools'],
    ['chek', 'check'],
    ['wr', 'wrr'],
    ['trustedProxies', 'trusted_proxies'],
    ['trusted-proxies', 'trusted_proxies'],
    ['trusted', 'trusted_proxies'],
    ['xyzzy', undefined],
    ['a', undefined],
    ['', undefined],
    ['m'.repeat(10_000), undefined],
  ];
  for (const [word, found] of table) {
    it(`${found === undefined ? 'finds nothing' : `finds ${found}`} for ${JSON.stringify(word.slice(0, 20))}`, () => {
      expect(nearest(word, keys)).equal(found);
    });
  }

  it('is asked as a question', () => {
    expect(didYouMean('polls', keys)).equal('did you mean "pools"?');
    expect(didYouMean('xyzzy', keys)).equal(undefined);
  });
});
