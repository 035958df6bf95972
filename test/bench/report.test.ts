import { expect } from 'chai';
import { chosen, parseArguments } from '../../bench/compare/arguments.js';
import { formatTables, median, type Sample } from '../../bench/compare/report.js';

describe('the table of the bench', () => {
  it('has medians, and ratios of each round to that round of gdnsd', () => {
    const samples = [
      sample('gdnsd', 0, 4),
      sample('steerdns', 0, 5),
      sample('gdnsd', 1, 8),
      sample('steerdns', 1, 8),
      sample('gdnsd', 2, 4),
      sample('steerdns', 2, 6),
    ];
    expect(formatTables(samples, () => 'one name').split('\n')).to.deep.equal([
      'static — one name',
      '          CPU µs  user  system  answers/s  lost  p50 µs  p99.9           / gdnsd',
      'gdnsd       4.00  2.00    2.00       1000     0      10     20  1.00 (1.00–1.00)',
      'steerdns    6.00  3.00    3.00       1000     0      10     20  1.25 (1.00–1.50)',
    ]);
  });

  it('adds up what was lost, and says what was wrong', () => {
    const samples = [
      { ...sample('Knot', 0, 4), lost: 2 },
      { ...sample('Knot', 1, 4), lost: 1, bad: 5 },
    ];
    expect(formatTables(samples, () => '')).to.include('3, 5 wrong');
  });

  it('has a table for each number of workers', () => {
    const samples = [sample('gdnsd', 0, 4), { ...sample('gdnsd', 0, 4), workers: 2 }];
    expect(formatTables(samples, () => 'x')).to.match(/^static — x\n[\s\S]*\n\nstatic, 2 workers — x\n/);
  });

  it('has no ratio where gdnsd is not', () => {
    expect(formatTables([sample('NSD', 0, 4)], () => '')).to.match(/20$/);
  });

  for (const [values, expected] of [
    [[3], 3],
    [[1, 9, 2], 2],
    [[1, 2, 3, 10], 2.5],
  ] as const) {
    it(`takes ${expected} as the median of ${values}`, () => expect(median(values)).to.equal(expected));
  }
});

describe('the command line of the bench', () => {
  it('has five rounds of every case unless told otherwise', () => {
    expect(parseArguments([])).to.deep.include({ rounds: 5, workers: [1, 2], cases: [], peers: [] });
  });

  for (const [args, message] of [
    [['--rounds', 'many'], '--rounds must be 1 to 100 but is many'],
    [['--rounds', ''], '--rounds must be 1 to 100 but is empty'],
    [['--rounds', '1.5'], '--rounds must be a whole number but is 1.5'],
    [['--seconds', '0'], '--seconds must be 0.1 to 600 but is 0'],
    [['--workers', '1,x'], '--workers must be 1 to 256 but is x'],
    [['--round', '1'], "Unknown option '--round'"],
  ] as const) {
    it(`says: ${message}`, () => expect(() => parseArguments(args)).to.throw(message));
  }

  it('takes the beginning of a name, case aside', () => {
    const all = [{ name: 'Knot' }, { name: 'gdnsd' }];
    expect(chosen('server', all, ['kn'])).to.deep.equal([{ name: 'Knot' }]);
    expect(chosen('server', all, [])).to.deep.equal(all);
    expect(() => chosen('server', all, ['bind'])).to.throw('there is no server bind; there are Knot, gdnsd');
  });
});

function sample(peer: string, round: number, cpuUs: number): Sample {
  return {
    case: 'static',
    workers: 1,
    peer,
    round,
    cpuUs,
    userUs: cpuUs / 2,
    systemUs: cpuUs / 2,
    perSecond: 1000,
    lost: 0,
    bad: 0,
    p50Us: 10,
    p999Us: 20,
    loadCpu: 0.5,
  };
}
