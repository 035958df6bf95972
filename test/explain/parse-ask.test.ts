import { expect } from 'chai';
import type { ExplainAsk } from '../../src/explain/explain-report.js';
import { AskError, parseAsk } from '../../src/explain/parse-ask.js';

const FROM = '203.0.113.7';

describe('parseAsk', () => {
  const read: readonly { name: string; ask: ExplainAsk; question: object }[] = [
    {
      name: 'takes a name without its final dot as absolute',
      ask: { name: 'www.example.com', type: 'A', from: FROM },
      question: { name: 'www.example.com.', type: 'A', from: FROM },
    },
    {
      name: 'takes the root',
      ask: { name: '.', type: 'NS', from: FROM },
      question: { name: '.', type: 'NS', from: FROM },
    },
    {
      name: 'takes a type in lower case',
      ask: { name: 'a.', type: 'aaaa', from: FROM },
      question: { name: 'a.', type: 'AAAA', from: FROM },
    },
    {
      name: 'takes a type by its number',
      ask: { name: 'a.', type: 'TYPE65280', from: FROM },
      question: { name: 'a.', type: 'TYPE65280', from: FROM },
    },
    {
      name: 'takes a name in other letters',
      ask: { name: 'bücher.example', type: 'A', from: FROM },
      question: { name: 'xn--bcher-kva.example.', type: 'A', from: FROM },
    },
    {
      name: 'shortens an address',
      ask: { name: 'a.', type: 'A', from: '2001:DB8:0::7' },
      question: { name: 'a.', type: 'A', from: '2001:db8::7' },
    },
    {
      name: 'takes a mapped address as IPv4',
      ask: { name: 'a.', type: 'A', from: '::ffff:203.0.113.7' },
      question: { name: 'a.', type: 'A', from: FROM },
    },
    {
      name: 'needs no address beside a prefix',
      ask: { name: 'a.', type: 'A', ecs: '203.0.113.0/24' },
      question: { name: 'a.', type: 'A', ecs: '203.0.113.0/24' },
    },
    {
      name: 'takes an address as a prefix',
      ask: { name: 'a.', type: 'A', ecs: FROM },
      question: { name: 'a.', type: 'A', ecs: `${FROM}/32` },
    },
  ];
  for (const { name, ask, question } of read) {
    it(name, () => {
      expect(parseAsk(ask).question).to.deep.equal(question);
    });
  }

  const refused: readonly { ask: ExplainAsk; message: string }[] = [
    { ask: { name: '', type: 'A', from: FROM }, message: '"" is no name' },
    { ask: { name: 'a..b', type: 'A', from: FROM }, message: 'name "a..b" has an empty label' },
    { ask: { name: 'xn--\u00fc.', type: 'A', from: FROM }, message: '"xn--\u00fc." is no name' },
    {
      ask: { name: 'a.', type: 'AAA', from: FROM },
      message: 'there is no RR type "AAA"; did you mean "AAAA"?',
    },
    {
      ask: { name: 'a.', type: 'alias', from: FROM },
      message: 'ALIAS is never asked for: it answers questions of type A and AAAA',
    },
    {
      ask: { name: 'a.', type: 'GSLB', from: FROM },
      message: 'GSLB is never asked for: it answers questions of type A and AAAA',
    },
    { ask: { name: 'a.', type: 'URLFWD', from: FROM }, message: 'URLFWD is answered over HTTP, not in DNS' },
    {
      ask: { name: 'a.', type: 'A' },
      message: 'it must be said who asks: an address (from), or the prefix that a resolver sends (ecs)',
    },
    {
      ask: { name: 'a.', type: 'A', ecs: '::/0' },
      message: 'it must be said who asks: an address (from), or the prefix that a resolver sends (ecs)',
    },
    {
      ask: { name: 'a.', type: 'A', from: '203.0.113.0/24' },
      message: 'from must be an address such as 203.0.113.7 or 2001:db8::7 but is "203.0.113.0/24"',
    },
    {
      ask: { name: 'a.', type: 'A', ecs: '203.0.113.7/24' },
      message:
        'ecs must be a prefix without bits past its first 24 but is "203.0.113.7/24"; did you mean 203.0.113.0/24?',
    },
    {
      ask: { name: 'a.', type: 'A', ecs: 'here' },
      message: 'ecs must be a prefix such as 192.0.2.0/24 or 2001:db8::/32 but is "here"',
    },
  ];
  for (const { ask, message } of refused) {
    it(`refuses ${JSON.stringify(ask)}`, () => {
      expect(() => parseAsk(ask)).to.throw(AskError, message);
    });
  }
});
