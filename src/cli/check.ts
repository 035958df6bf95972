import { Diagnostics, formatDiagnostics } from '../config/diagnostics.js';
import { loadConfig } from '../config/load-config.js';
import { loadTls } from '../config/load-tls.js';
import type { ZoneSummary } from '../snapshot/read-zones.js';
import { SerialStore } from '../snapshot/serial-store.js';
import { SnapshotLoader } from '../snapshot/snapshot-loader.js';
import { AliasTable } from '../state/alias-table.js';
import { MemberStates } from '../state/member-states.js';
import { CONFIG_OPTION, DEFAULT_CONFIG, defineCommand, ExitCode, JSON_OPTION } from './command.js';
import { progressOn } from './progress.js';

export const check = defineCommand(
  {
    name: 'check',
    summary: 'check configuration, zones, services and geo data without serving them',
    positionals: [],
    options: { config: CONFIG_OPTION, json: JSON_OPTION },
    examples: ['steerdns check --config /etc/steerdns/steerdns.yaml'],
    notes: [
      'Every error of every file is shown. The exit code is 1 when there is one; warnings alone leave it 0.',
      'Automatic serials are those that the instance serves; of a zone that has changed, what its serial will be as well.',
    ],
  },
  async (line, io) => {
    const file = line.option('config') ?? DEFAULT_CONFIG;
    const diagnostics = new Diagnostics();
    const config = loadConfig(file, diagnostics);
    if (config?.tls !== undefined) loadTls(config.tls, diagnostics, Date.now());
    const progress = progressOn(process.stderr);
    const served = config === undefined ? new Map() : (await SerialStore.open(config.state)).kept;
    const loader = new SnapshotLoader({
      states: new MemberStates(),
      aliases: new AliasTable(),
      onStep: progress.step,
      served,
    });
    const snapshot = config && (await loader.load(config, diagnostics));
    progress.done();
    const { list } = diagnostics;
    const errors = list.filter(({ severity }) => severity === 'error').length;
    // The digest is what instances compare, and tells an operator nothing.
    const zones = (snapshot?.zones ?? []).map(({ digest: _digest, ...zone }): CheckedZone => {
      const before = served.get(zone.name.toLowerCase())?.serial;
      return zone.serialAuto && before !== undefined ? { ...zone, served: before } : zone;
    });
    if (line.isSet('json'))
      io.out(`${JSON.stringify({ ok: snapshot !== undefined, diagnostics: list, zones }, null, 2)}\n`);
    else {
      io.err(formatDiagnostics(list, { color: process.stderr.isTTY }));
      const warnings = list.length - errors;
      if (snapshot === undefined) io.err(`${counted(errors, 'error')}, ${counted(warnings, 'warning')}\n`);
      else {
        const records = snapshot.zones.reduce((sum, zone) => sum + zone.records, 0);
        io.out(
          `ok: ${counted(snapshot.zones.length, 'zone')} with ${counted(records, 'record')}, ` +
            `${counted(snapshot.serviceByName.size, 'service')}, ${counted(warnings, 'warning')}\n`,
        );
        io.out(describeSerials(zones));
      }
    }
    return snapshot === undefined ? ExitCode.INPUT : ExitCode.DONE;
  },
);

/** A zone, and the automatic serial that an instance serves or has served it with. */
interface CheckedZone extends ZoneSummary {
  readonly served?: number;
}

/** Zones whose automatic serial rises when the files are served; all that are there, where they are few. */
function describeSerials(zones: readonly CheckedZone[]): string {
  const rising = zones.filter(({ served, serial }) => served !== undefined && served !== serial);
  const shown = zones.length <= MAX_SHOWN ? zones : rising.slice(0, MAX_SHOWN);
  const lines = shown.map(({ name, serial, served, serialAuto }) => {
    if (served !== undefined && served !== serial) return `${name} serial ${served}, will be ${serial}`;
    return `${name} serial ${serial}${serialAuto && served === undefined ? ', not served yet' : ''}`;
  });
  const rest = zones.length > MAX_SHOWN ? rising.length - shown.length : 0;
  if (rest > 0) lines.push(`and ${counted(rest, 'zone')} more whose serial rises`);
  return lines.map((line) => `${line}\n`).join('');
}

/** Zones that fit on a screen. */
const MAX_SHOWN = 20;

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
