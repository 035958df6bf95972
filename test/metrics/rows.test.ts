import { expect } from 'chai';
import { counterRows } from '../../src/metrics/counter-rows.js';
import { Exposition } from '../../src/metrics/exposition.js';
import { memberRows } from '../../src/metrics/member-rows.js';
import { counter, gauge, histogram, type MetricRow, single } from '../../src/metrics/metric-row.js';
import { PROBE_BOUNDS, ProbeTally } from '../../src/metrics/probe-tally.js';
import { Counter, makeCounters } from '../../src/state/counters.js';
import type { PoolSpec, ServiceSpec } from '../../src/steer/spec.js';
import { allRows } from './all-rows.js';

describe('rows of metrics', () => {
  it('have a name once', () => {
    const names = allRows().map(({ name }) => name);
    expect(new Set(names).size).to.equal(names.length);
  });

  it('show every counter that there is somewhere', () => {
    const counters = makeCounters();
    const silent = new Map(readAll(counterRows(() => counters)));
    // By transport and rcode they are in steerdns_queries_total and steerdns_responses_total.
    const elsewhere = ['tcp', 'dot', 'formErr', 'notImp', 'badVers', 'refused', 'servFail', 'nxDomain'];
    for (const [name, at] of Object.entries(Counter)) {
      if (elsewhere.includes(name)) continue;
      counters[at] = 1;
      const changed = readAll(counterRows(() => counters)).filter(
        ([key, value]) => silent.get(key) !== value,
      );
      expect(changed, name).to.not.deep.equal([]);
      counters[at] = 0;
    }
  });

  it('are written as Prometheus reads them, label values escaped', async () => {
    const text = await new Exposition([
      counter({ name: 'a_total', help: 'A.', labels: ['zone'] }, () => [
        { labels: { zone: 'we"ird\\.\nexample.' }, value: 2 ** 53 },
      ]),
      gauge({ name: 'b', help: 'B.' }, () => single(undefined)),
      histogram({ name: 'c_seconds', help: 'C.', labels: ['x'] }, [0.5, 1], () => [
        { labels: { x: 'y' }, counts: [1, 2, 3], sum: 7 },
      ]),
    ]).text();
    expect(text.split('\n').filter((line) => line !== '')).to.deep.equal([
      '# HELP a_total A.',
      '# TYPE a_total counter',
      'a_total{zone="we\\"ird\\\\.\\nexample."} 9007199254740992',
      '# HELP b B.',
      '# TYPE b gauge',
      '# HELP c_seconds C.',
      '# TYPE c_seconds histogram',
      'c_seconds_bucket{x="y",le="0.5"} 1',
      'c_seconds_bucket{x="y",le="1"} 3',
      'c_seconds_bucket{x="y",le="+Inf"} 6',
      'c_seconds_sum{x="y"} 7',
      'c_seconds_count{x="y"} 6',
    ]);
  });
});

describe('ProbeTally', () => {
  it('counts members past the bound together', () => {
    const tally = new ProbeTally(1);
    for (const member of ['web/a', 'web/b', 'web/c', 'web/a']) tally.probed(member, 'passed', 3);
    const passed = [...tally.outcomes()].filter(({ labels }) => labels.outcome === 'passed');
    expect(passed.map(({ labels, value }) => [labels.service, labels.member, value])).to.deep.equal([
      ['web', 'a', 2],
      ['other', 'other', 2],
    ]);
  });

  it('takes apart the name of a service that has slashes', () => {
    const tally = new ProbeTally(1);
    tally.changed('www.example.com./A/192.0.2.1', 'down');
    const [sample] = [...tally.transitions()];
    expect(sample?.labels).to.include({ service: 'www.example.com./A', member: '192.0.2.1' });
  });

  it('leaves probes that could not be made out of the durations', () => {
    const tally = new ProbeTally(1);
    tally.probed('web/a', 'unmade', 1);
    tally.probed('web/a', 'failed', 60_000);
    const [distribution] = [...tally.durations()];
    expect(distribution?.counts[PROBE_BOUNDS.length]).to.equal(1);
    expect(distribution?.sum).to.equal(60);
  });
});

describe('configured shares', () => {
  const weights: readonly number[] = [1, 3, 0];
  const shares: Readonly<Record<PoolSpec['scheduler'], readonly number[]>> = {
    rr: [1 / 3, 1 / 3, 1 / 3],
    all: [1 / 3, 1 / 3, 1 / 3],
    wrr: [0.25, 0.75, 0],
    sh: [0.25, 0.75, 0],
    mh: [0.25, 0.75, 0],
    fo: [0, 1, 0],
    nearest: [],
  };
  for (const [scheduler, expected] of Object.entries(shares)) {
    it(`of ${scheduler} are those of its weights`, () => {
      const members = weights.map((weight, i) => ({ member: `m${i}`, weight, status: 'obey' as const }));
      const pool = { name: 'p', members, scheduler: scheduler as PoolSpec['scheduler'] };
      expect(sharesOf(pool)).to.deep.equal(expected);
    });
  }

  function sharesOf(pool: PoolSpec): number[] {
    const service: ServiceSpec = {
      name: 'web',
      members: [],
      pools: [pool],
      rules: [],
      answers: { ttl: { min: 1, max: 1 }, whenAllDown: 'all' },
      where: { file: '', line: 1, column: 1 },
    };
    const rows = memberRows(
      { members: () => [], services: () => [service], tallies: () => undefined, probes: new ProbeTally(1) },
      10,
    );
    const row = rows.find(({ name }) => name === 'steerdns_member_configured_share_ratio');
    return [...(row?.read() ?? [])].map(({ value }) => value);
  }
});

function readAll(rows: readonly MetricRow[]): [string, number][] {
  return rows.flatMap((row) =>
    [...row.read()].map(({ labels, value }): [string, number] => [
      `${row.name} ${JSON.stringify(labels)}`,
      value,
    ]),
  );
}
