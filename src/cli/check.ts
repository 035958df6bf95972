import { Diagnostics, formatDiagnostics } from '../config/diagnostics.js';
import { loadConfig } from '../config/load-config.js';
import { loadTls } from '../config/load-tls.js';
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
    ],
  },
  async (line, io) => {
    const file = line.option('config') ?? DEFAULT_CONFIG;
    const diagnostics = new Diagnostics();
    const config = loadConfig(file, diagnostics);
    if (config?.tls !== undefined) loadTls(config.tls, diagnostics, Date.now());
    const progress = progressOn(process.stderr);
    const loader = new SnapshotLoader({
      states: new MemberStates(),
      aliases: new AliasTable(),
      onStep: progress.step,
    });
    const snapshot = config && (await loader.load(config, diagnostics));
    progress.done();
    const { list } = diagnostics;
    const errors = list.filter(({ severity }) => severity === 'error').length;
    if (line.isSet('json'))
      io.out(`${JSON.stringify({ ok: snapshot !== undefined, diagnostics: list }, null, 2)}\n`);
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
      }
    }
    return snapshot === undefined ? ExitCode.INPUT : ExitCode.DONE;
  },
);

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
