import type { ReloadOutcome } from '../admin/controls.js';
import { type Diagnostic, formatDiagnostics } from '../config/diagnostics.js';
import { askMeant, INSTANCE_OPTIONS } from './ask-instance.js';
import { defineCommand, ExitCode, JSON_OPTION } from './command.js';

/** A zone of a million records loads in well under this. */
const RELOAD_TIMEOUT_MS = 300_000;

export const reload = defineCommand(
  {
    name: 'reload',
    summary: 'make the running instance load configuration, zones, services and geo data anew',
    positionals: [],
    options: { ...INSTANCE_OPTIONS, json: JSON_OPTION },
    notes: ['With an error in any of them nothing changes, and what was loaded before goes on serving.'],
    examples: ['steerdns reload'],
  },
  async (line, io) => {
    const answer = await askMeant(line, io, {
      method: 'POST',
      path: '/v1/reload',
      body: {},
      timeoutMs: RELOAD_TIMEOUT_MS,
    });
    if (answer === undefined) return ExitCode.INPUT;
    if (line.isSet('json')) {
      io.out(`${JSON.stringify(answer.ok ? answer.json : answer.refusal.json, null, 2)}\n`);
      return answer.ok ? ExitCode.DONE : ExitCode.INPUT;
    }
    if (!answer.ok) {
      const errors = (answer.refusal.json.errors ?? []) as readonly Diagnostic[];
      io.err(formatDiagnostics(errors, { color: false }));
      io.err(`not reloaded: ${answer.refusal.detail}\n`);
      return ExitCode.INPUT;
    }
    const { changes, warnings } = answer.json as ReloadOutcome & { readonly reloaded: true };
    io.err(formatDiagnostics(warnings, { color: false }));
    io.out(
      changes.length === 0
        ? 'reloaded; nothing changed\n'
        : `reloaded\n${changes.map((change) => `  ${change}\n`).join('')}`,
    );
    return ExitCode.DONE;
  },
);
