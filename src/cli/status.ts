import type { InstanceStatus } from '../admin/controls.js';
import { askMeant, INSTANCE_OPTIONS } from './ask-instance.js';
import { defineCommand, ExitCode, JSON_OPTION } from './command.js';
import { formatStatus } from './format-status.js';

export const status = defineCommand(
  {
    name: 'status',
    summary: 'show what the running instance serves, and the state of every member',
    positionals: [],
    options: { ...INSTANCE_OPTIONS, json: JSON_OPTION },
    examples: ['steerdns status', 'steerdns status --json | jq \'.members[] | select(.standing != "up")\''],
  },
  async (line, io) => {
    const answer = await askMeant(line, io, { method: 'GET', path: '/v1/status' });
    if (answer === undefined) return ExitCode.INPUT;
    if (!answer.ok) {
      io.err(`${answer.refusal.detail}\n`);
      return ExitCode.INPUT;
    }
    const found = answer.json as InstanceStatus;
    io.out(line.isSet('json') ? `${JSON.stringify(found, null, 2)}\n` : formatStatus(found, Date.now()));
    return ExitCode.DONE;
  },
);
