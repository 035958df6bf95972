import { expect } from 'chai';
import { Want } from '../../src/steer/decide.js';
import { network } from '../geo/support.js';
import { Stage, tally } from './support.js';

const networks = [
  network('10.1.0.0/16', { place: 'EU-DE', coordinates: [52.5, 13.4] }),
  network('10.2.0.0/16', { place: 'NA-US', coordinates: [40.7, -74] }),
  network('10.3.0.0/16', { place: 'OC-NZ', coordinates: [-36.8, 174.8] }),
];

const fiji: readonly [number, number] = [-18.1, 178.4];
const samoa: readonly [number, number] = [-13.8, -171.8];

function stageOf(count = 1): Stage {
  return new Stage(
    {
      members: {
        fra1: { coordinates: [50.1, 8.7] },
        fra2: { coordinates: [50.1, 8.7] },
        nyc: { coordinates: [40.7, -74] },
        chile: { place: 'SA-CL' },
        lost: {},
      },
      pools: { main: { scheduler: 'nearest', members: { lost: 1, fra1: 3, fra2: 1, nyc: 1, chile: 1 } } },
      answers: { count },
    },
    networks,
  );
}

describe('nearest', () => {
  it('chooses the member that is nearest to the client', () => {
    const stage = stageOf();
    expect(stage.pick('10.1.0.1')).to.be.oneOf(['fra1', 'fra2']);
    expect(stage.pick('10.2.0.1')).to.equal('nyc');
    expect(stage.pick('10.3.0.1')).to.equal('chile');
  });

  it('shares among members at the same coordinates by weight, whoever asks in between', () => {
    const stage = stageOf();
    const picks = Array.from({ length: 8 }, () => {
      stage.pick('10.2.0.1');
      return stage.pick('10.1.0.1');
    });
    expect(tally(picks)).to.deep.equal({ fra1: 6, fra2: 2 });
  });

  it('goes on to the next nearest when the nearest are down', () => {
    const stage = stageOf();
    stage.down('fra1');
    expect(tally(stage.picks(4, '10.1.0.1'))).to.deep.equal({ fra2: 4 });
    stage.down('fra2');
    expect(stage.pick('10.1.0.1')).to.equal('nyc');
    stage.down('nyc', 'chile');
    expect(stage.pick('10.1.0.1')).to.equal('lost');
  });

  it('answers in order of distance, members without coordinates last', () => {
    const stage = stageOf(5);
    expect(stage.decide('10.2.0.1').members).to.deep.equal(['nyc', 'fra1', 'fra2', 'chile', 'lost']);
  });

  it('goes by weight for a client whose place is unknown', () => {
    const stage = stageOf();
    const counts = tally(stage.picks(7, '192.0.2.1'));
    expect(counts).to.deep.equal({ lost: 1, fra1: 3, fra2: 1, nyc: 1, chile: 1 });
  });

  it('measures across the date line', () => {
    const stage = new Stage(
      {
        members: { fiji: { coordinates: fiji }, samoa: { coordinates: samoa }, chile: { place: 'SA-CL' } },
        pools: { main: { scheduler: 'nearest', members: { chile: 1, samoa: 1, fiji: 1 } } },
        answers: { count: 3 },
      },
      [network('10.4.0.0/16', { coordinates: [-17, -179] })],
    );
    expect(stage.decide('10.4.0.1').members).to.deep.equal(['fiji', 'samoa', 'chile']);
  });

  it('scopes an answer to the prefix that is known to be at the place', () => {
    expect(stageOf().decide('10.1.200.1').scopeBits).to.equal(16);
    expect(stageOf().decide('::ffff:10.1.200.1').scopeBits).to.equal(112);
  });

  it('says how far each member is', () => {
    const members = stageOf().trace('10.2.0.1', Want.A).pools[0]?.members ?? [];
    const distances = Object.fromEntries(members.map(({ name, distanceKm }) => [name, distanceKm]));
    expect(distances.nyc).to.be.closeTo(0, 0.001);
    expect(distances.fra1).to.be.within(6100, 6300);
    expect(distances.lost).to.equal(undefined);
  });
});
