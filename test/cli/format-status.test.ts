import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { InstanceStatus, SecondaryStatus } from '../../src/admin/controls.js';
import { formatStatus } from '../../src/cli/format-status.js';
import { CHECKOUT } from '../support/steerdns.js';

const NOW = Date.parse('2026-11-22T12:00:00.000Z');

const STATUS: InstanceStatus = {
  product: 'steerdns',
  version: '0.1.0',
  pid: 4711,
  startedAt: '2026-11-19T07:30:00.000Z',
  config: '/etc/steerdns/steerdns.yaml',
  listen: { dns: ['127.0.0.1:5300', '[::1]:5300'], dot: [], http: [], admin: '127.0.0.1:8053' },
  snapshot: {
    loadedAt: '2026-11-22T08:40:00.000Z',
    zones: [
      { name: 'example.com.', serial: 2026112201, records: 42 },
      { name: 'a.example.', serial: 1, records: 7 },
    ],
    services: 1,
  },
  refusedReload: { at: '2026-11-22T11:55:00.000Z', errors: 1 },
  members: [
    {
      member: 'web/fra1',
      standing: 'up',
      health: 'up',
      since: '2026-11-22T11:59:48.000Z',
      result: 'status 200',
    },
    {
      member: 'web/ams1',
      standing: 'draining',
      health: 'up',
      override: 'drain',
      since: '2026-11-22T10:00:00.000Z',
      result: 'status 200',
    },
    {
      member: 'web/nyc1',
      standing: 'down',
      health: 'down',
      since: '2026-11-22T11:00:00.000Z',
      result: 'refused',
    },
    { member: 'web/cdn', standing: 'up', health: 'unknown' },
  ],
  overrides: [{ pattern: 'web/ams1', override: 'drain', since: '2026-11-22T11:58:00.000Z' }],
  counters: { queries: 12345, refused: 2, truncated: 0 },
};

describe('formatStatus', () => {
  it('shows an instance in full', () => {
    expect(formatStatus(STATUS, NOW)).to.equal(`steerdns 0.1.0, process 4711, up for 3 d 4 h

config   /etc/steerdns/steerdns.yaml
dns      127.0.0.1:5300  [::1]:5300
http     off
admin    127.0.0.1:8053
loaded   3 h 20 min ago: 2 zones, 1 service
refused  a reload 5 min ago: 1 error
members  2 up, 1 down, 1 draining
counted  queries 12345, refused 2

zone              serial  records
example.com.  2026112201       42
a.example.             1        7

member    state                health   for   last result
web/fra1  up                   up       12 s  status 200
web/ams1  draining (operator)  up       2 h   status 200
web/nyc1  down                 down     1 h   refused
web/cdn   up                   unknown

said of   what   for
web/ams1  drain  2 min
`);
  });

  it('shows weights, and until when and why operators said what', () => {
    const text = formatStatus(
      {
        ...STATUS,
        members: [{ member: 'web/fra1', standing: 'up', health: 'up', weight: 10 }],
        overrides: [
          {
            pattern: 'web/fra1',
            override: 'weight',
            weight: 10,
            since: '2026-11-22T11:58:00.000Z',
            until: '2026-11-22T13:00:00.000Z',
            reason: 'warming up',
          },
        ],
      },
      NOW,
    );
    expect(text).to.include('\nweb/fra1  up, weight 10  up\n');
    expect(text).to.include('\nsaid of   what       for    until                     reason\n');
    expect(text).to.include('\nweb/fra1  weight 10  2 min  2026-11-22T13:00:00.000Z  warming up\n');
  });

  it('shows DNS over TLS, and a certificate that is not taken, as docs/transports.md has it', () => {
    const shown = formatStatus(
      {
        ...STATUS,
        listen: { ...STATUS.listen, dot: ['192.0.2.1:853', '[2001:db8::1]:853'] },
        tls: {
          certificate: '/etc/steerdns/tls/fullchain.pem',
          names: ['ns1.example.com'],
          notAfter: '2026-12-21T15:00:00.000Z',
          loadedAt: '2026-11-22T08:40:00.000Z',
          problem: {
            at: '2026-11-22T11:58:00.000Z',
            message:
              'the key /etc/steerdns/tls/privkey.pem does not belong to the certificate /etc/steerdns/tls/fullchain.pem',
          },
        },
      },
      NOW,
    );
    const page = readFileSync(join(CHECKOUT, 'docs/transports.md'), 'utf8');
    const [, block = ''] = /```text\n(dot [\s\S]*?)```/.exec(page) ?? [];
    expect(block).not.to.equal('');
    expect(shown).to.include(block);
  });

  it('says that a certificate has expired', () => {
    const tls = {
      certificate: '/c.pem',
      names: ['a.example', 'b.example'],
      notAfter: '2026-11-20T12:00:00.000Z',
      loadedAt: '2026-11-22T08:40:00.000Z',
    };
    const shown = formatStatus({ ...STATUS, tls }, NOW);
    expect(shown).to.include('of a.example, b.example; EXPIRED 2026-11-20, 2 d ago');
  });

  it('shows an instance without members, and times to come as none', () => {
    const { refusedReload: _, ...rest } = STATUS;
    const text = formatStatus({ ...rest, members: [], overrides: [], counters: {} }, 0);
    expect(text).to.include('up for 0 s\n');
    expect(text).to.include('members  none\n');
    expect(text).to.not.include('refused');
  });
});

describe('formatStatus of secondaries', () => {
  const rows: readonly { what: string; zone: Omit<SecondaryStatus, 'name'>; line: string }[] = [
    {
      what: 'one that is served',
      zone: {
        state: 'served',
        serial: 7,
        confirmedAt: '2026-11-22T11:50:00.000Z',
        expiresAt: '2026-11-29T11:50:00.000Z',
      },
      line: 'a.example.  served  7  10 min ago  in 6 d 23 h',
    },
    {
      what: 'one that is asked for',
      zone: { state: 'served', serial: 7, confirmedAt: '2026-11-22T11:50:00.000Z', refreshing: true },
      line: 'a.example.  served, refreshing  7  10 min ago',
    },
    {
      what: 'one that was refused, with since when',
      zone: {
        state: 'served',
        serial: 7,
        confirmedAt: '2026-11-22T10:00:00.000Z',
        expiresAt: '2026-11-22T12:00:30.000Z',
        problem: '192.0.2.1: the response says REFUSED',
        problemSince: '2026-11-22T10:30:00.000Z',
      },
      line: 'a.example.  served  7  2 h ago  in 30 s  for 1 h 30 min: 192.0.2.1: the response says REFUSED',
    },
    {
      what: 'one that has expired',
      zone: {
        state: 'expired',
        serial: 7,
        confirmedAt: '2026-11-15T12:00:00.000Z',
        expiresAt: '2026-11-22T11:00:00.000Z',
        problem: '192.0.2.1: connect ECONNREFUSED 192.0.2.1:53',
        problemSince: '2026-11-15T12:10:00.000Z',
      },
      line: 'a.example.  expired  7  7 d ago  1 h ago  for 6 d 23 h: 192.0.2.1: connect ECONNREFUSED 192.0.2.1:53',
    },
    { what: 'one that never came', zone: { state: 'absent' }, line: 'a.example.  absent  never' },
  ];
  for (const { what, zone, line } of rows) {
    it(`shows ${what}`, () => {
      const lines = formatStatus({ ...STATUS, secondaries: [{ name: 'a.example.', ...zone }] }, NOW).split(
        '\n',
      );
      const head = lines.findIndex((text) => text.startsWith('secondary '));
      expect(lines[head]).to.match(/^secondary +state +serial +confirmed +expires +problem$/);
      expect(lines[head + 1]?.replace(/ {2,}/g, '  ').trimEnd()).to.equal(line);
    });
  }
});
