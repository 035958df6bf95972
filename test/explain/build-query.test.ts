import { expect } from 'chai';
import { decode } from 'dns-packet';
import { parsePrefix } from '../../src/config/address.js';
import { buildQuery } from '../../src/explain/build-query.js';
import { parseName } from '../../src/wire/name.js';
import { Parsed, parseQuery, Query } from '../../src/wire/query.js';

describe('buildQuery', () => {
  for (const ecs of [undefined, '203.0.113.0/24', '203.0.112.0/21', '2001:db8::/32', '0.0.0.0/0']) {
    it(`builds a query that others read, with ${ecs ?? 'no'} ECS`, () => {
      const reading = ecs === undefined ? undefined : parsePrefix(ecs);
      const prefix = reading?.ok === true ? reading.prefix : undefined;
      const octets = buildQuery(parseName('www.example.com.'), 28, prefix);
      const packet = decode(Buffer.from(octets));
      expect(packet.questions).to.deep.equal([{ name: 'www.example.com', type: 'AAAA', class: 'IN' }]);
      expect(packet.additionals?.map(({ type }) => type)).to.deep.equal(['OPT']);
      const query = new Query();
      expect(parseQuery(octets, octets.length, query)).to.equal(Parsed.QUERY);
      expect(query.ecs).to.equal(prefix !== undefined);
      if (prefix === undefined) return;
      expect(query.ecsSourceBits).to.equal(prefix.bits);
      expect([...query.ecsAddress.subarray(0, prefix.octets.length)]).to.deep.equal([...prefix.octets]);
    });
  }
});
