import { expect } from 'chai';
import { formatPrefix } from '../../src/config/address.js';
import { Diagnostics, formatDiagnostics } from '../../src/config/diagnostics.js';
import { linesOf, loadNetworks } from '../../src/config/load-networks.js';
import type { NetworkSpec } from '../../src/geo/network-spec.js';
import { withFiles } from './support.js';

function load(...texts: string[]): { networks: NetworkSpec[]; said: string } {
  const files = Object.fromEntries(texts.map((text, i) => [`${i + 1}.yaml`, text]));
  return withFiles(files, (folder) => {
    const diagnostics = new Diagnostics();
    const paths = Object.keys(files).map((name) => `${folder}/${name}`);
    const networks = loadNetworks(paths, diagnostics);
    const said = formatDiagnostics(diagnostics.list, { color: false }).replaceAll(`${folder}/`, '');
    return { networks, said };
  });
}

describe('loadNetworks', () => {
  it('reads what is said of prefixes', () => {
    const { networks, said } = load(
      `192.0.2.0/24: {place: EU-DE, lines: [电信, telecom, telecom], asn: AS64500, coordinates: [50.1, -8]}
2001:DB8::/32: {lines: unicom}
198.51.100.7: {asn: 64501}
`,
      '0.0.0.0/0: {place: EU}',
    );
    expect(said).equal('');
    expect(networks.map(({ prefix, where, ...rest }) => [formatPrefix(prefix), where.line, rest])).deep.equal(
      [
        [
          '192.0.2.0/24',
          1,
          { place: 'EU-DE', lines: ['电信', 'telecom'], asn: 64500, coordinates: [50.1, -8] },
        ],
        ['2001:db8::/32', 2, { lines: ['unicom'] }],
        ['198.51.100.7/32', 3, { lines: [], asn: 64501 }],
        ['0.0.0.0/0', 1, { place: 'EU', lines: [] }],
      ],
    );
    expect([...linesOf(networks)]).deep.equal(['电信', 'telecom', 'unicom']);
  });

  it('takes an empty file for no networks', () => {
    expect(load('')).deep.equal({ networks: [], said: '' });
  });

  it('warns of an entry that says nothing', () => {
    expect(load('192.0.2.0/25: {}').said).equal(
      '1.yaml:1:1: warning: nothing is said of 192.0.2.0/25\n    1 | 192.0.2.0/25: {}\n      | ^^^^^^^^^^^^\n',
    );
  });

  it('shows everything that is wrong at once', () => {
    const { networks, said } = load(
      `192.0.2.1/24: {place: EU-DE}
10.0.0.0/8: {place: Germany, lines: [telecom]}
10.0.0.0/9:
example.com: {line: x}
2001:db8::/32: {asn: 64500}
2001:DB8:0::/32: {asn: 64500}
`,
      '2001:db8::/32: {asn: 1}',
    );
    expect(
      said,
    ).equal(`1.yaml:1:1: error: a key must be a prefix without bits past its first 24 but is "192.0.2.1/24"
    1 | 192.0.2.1/24: {place: EU-DE}
      | ^^^^^^^^^^^^
      = did you mean 192.0.2.0/24?
1.yaml:2:21: error: place must be a geo code such as EU, EU-DE or NA-US-CA but is "Germany"
    2 | 10.0.0.0/8: {place: Germany, lines: [telecom]}
      |                     ^^^^^^^
      = did you mean "EU-DE"?
1.yaml:3:12: error: 10.0.0.0/9 must be a map with place:, lines:, asn: or coordinates: but is empty
    3 | 10.0.0.0/9:
      |            ^
1.yaml:4:1: error: a key must be a prefix such as 192.0.2.0/24 or 2001:db8::/32 but is "example.com"
    4 | example.com: {line: x}
      | ^^^^^^^^^^^
1.yaml:4:15: error: unknown key "line" in example.com
    4 | example.com: {line: x}
      |               ^^^^
      = did you mean "lines"?
1.yaml:6:1: error: 2001:db8::/32 is given twice
    6 | 2001:DB8:0::/32: {asn: 64500}
      | ^^^^^^^^^^^^^^^
      = the first is at 1.yaml:5
2.yaml:1:1: error: 2001:db8::/32 is given twice
    1 | 2001:db8::/32: {asn: 1}
      | ^^^^^^^^^^^^^
      = the first is at 1.yaml:5
`);
    expect([...linesOf(networks)], 'rules may name lines of a wrong entry').deep.equal(['telecom']);
  });
});
