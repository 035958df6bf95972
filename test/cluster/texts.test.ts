import { expect } from 'chai';
import fc from 'fast-check';
import { formatLease, parseLease } from '../../src/cluster/lease.js';
import { formatWords, hasNews, parseWords } from '../../src/cluster/shared-words.js';
import { formatVotes, parseVotes, type VoteWord } from '../../src/cluster/vote-text.js';

const A = 'a'.repeat(32);

describe('texts that instances share', () => {
  const votes = fc.array(
    fc.tuple(
      fc.stringMatching(/^[0-9a-f]{12}$/),
      fc.oneof(
        fc.record({ health: fc.constantFrom('up' as const, 'down' as const), resultsToChange: fc.nat(999) }),
        fc.constant({ health: 'unmade' as const }),
      ),
    ),
  );

  it('votes are read as they were written', () => {
    fc.assert(
      fc.property(votes, (list) => {
        const map = new Map<string, VoteWord>(list);
        const read = parseVotes(formatVotes(A, map), A);
        expect(read?.refused).to.equal(0);
        expect([...(read?.votes ?? [])]).to.deep.equal([...map]);
      }),
    );
  });

  it('votes of another incarnation are none', () => {
    expect(parseVotes(formatVotes(A, new Map()), 'b'.repeat(32))).to.equal(undefined);
  });

  it('whatever stands in Redis, reading throws nothing', () => {
    const lines = fc.array(fc.oneof(fc.string(), fc.constant('0123456789abu1'), fc.constant(A)));
    fc.assert(
      fc.property(lines, fc.json(), (texts, json) => {
        for (const text of [
          texts.join('\n'),
          `${A}\n${texts.join('\n')}`,
          `${A}\n${json}`,
          `${'0'.repeat(16)}\n${json}`,
        ]) {
          parseVotes(text, A);
          parseLease(text);
          for (const word of parseWords(text).words) expect(word.key).to.be.a('string');
        }
      }),
    );
  });

  it('a probe has one vote, the last, and lines that are none are counted', () => {
    const read = parseVotes(
      `${A}\n0123456789abu1\n0123456789abd2\n\n0123456789ab\n0123456789abu1000\nxyz`,
      A,
    );
    expect([...(read?.votes ?? [])]).to.deep.equal([
      ['0123456789ab', { health: 'down', resultsToChange: 2 }],
    ]);
    expect(read?.refused).to.equal(4);
  });

  it('a lease is read as it was written', () => {
    const lease = {
      incarnation: A,
      startedAt: 5,
      version: '0.1.0',
      probes: 'ab',
      parts: { zones: '12' },
      votes: 3,
    };
    expect(parseLease(formatLease(lease))).to.deep.equal(lease);
  });

  it('words are news when one of them is newer, whatever else the others have', () => {
    const word = (key: string, version: string) => ({ key, version, text: '{}' });
    expect(hasNews([], [word('a', '1')])).to.equal(false);
    expect(hasNews([word('a', '1')], [word('a', '1'), word('b', '9')])).to.equal(false);
    expect(hasNews([word('a', '2')], [word('a', '1')])).to.equal(true);
    expect(hasNews([word('c', '1')], [word('a', '1')])).to.equal(true);
  });

  it('words keep their order and number', () => {
    const words = [1, 2, 3].map((i) => ({ key: `web/m${i}`, version: `v${i}`, text: '{}' }));
    const text = formatWords('0123456789abcdef', words);
    expect(parseWords(text)).to.deep.equal({
      revision: '0123456789abcdef',
      words,
      refused: 0,
      isForeign: false,
    });
  });
});
