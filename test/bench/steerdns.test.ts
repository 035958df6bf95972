import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { ask } from '../../bench/compare/ask.js';
import { CASES } from '../../bench/compare/cases.js';
import { checkAnswers, isServing } from '../../bench/compare/check-answers.js';
import { nameOf } from '../../bench/compare/plan.js';
import { encodeQuery } from '../../bench/compare/query-file.js';
import { steerdnsFiles } from '../../bench/peers/steerdns.js';
import { type Steerdns, startSteerdns } from '../support/steerdns.js';

const MANY = { names: 50, zones: 1 };

describe('what the bench has steerdns serve', () => {
  let folder: string;
  let steerdns: Steerdns;
  let port: number;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'steerdns-bench-'));
    for (const [path, text] of Object.entries(steerdnsFiles({ folder, port: 0, workers: 1, many: MANY }))) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    steerdns = await startSteerdns(folder);
    port = steerdns.dns.port;
  });

  after(async () => {
    await steerdns?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  it('is found to be served', async () => {
    expect(await isServing(port, MANY)).to.equal(true);
    expect(await isServing(port, { names: 51, zones: 1 })).to.equal(false);
  });

  for (const one of CASES.filter(({ many }) => many !== 'many zones')) {
    it(`is answered as the case ${one.name} wants`, () => checkAnswers(port, one, MANY));
  }

  it('is found wrong when it is', async () => {
    const wrong = {
      ...(CASES[0] as (typeof CASES)[0]),
      queries: () => [{ name: 'ns1.example.com', rcode: 0, addresses: ['192.0.2.1'] }],
    };
    const error = await checkAnswers(port, wrong, MANY).catch((reason: Error) => reason.message);
    expect(error).to.equal('ns1.example.com asked from 127.0.0.1 has 192.0.2.53 instead of one of 192.0.2.1');
  });

  it('has the zone of many names', async () => {
    const query = encodeQuery({ name: nameOf(49, MANY), rcode: 0, addresses: [] });
    const response = await ask(port, query, 5000);
    expect(response?.answers).to.have.length(1);
  });
});
