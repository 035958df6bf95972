import type { OverrideName, OverrideResult } from '../admin/controls.js';
import { askMeant, INSTANCE_OPTIONS } from './ask-instance.js';
import { type CommandIo, type CommandLine, defineCommand, ExitCode, JSON_OPTION } from './command.js';

const PATTERN = {
  name: 'PATTERN',
  help: 'service/member; * stands for any characters, and a member alone for it in every service',
};

export const drain = defineCommand(
  {
    name: 'drain',
    summary: 'take members out of answers until undrain, over restarts too',
    positionals: [PATTERN],
    options: { ...INSTANCE_OPTIONS, json: JSON_OPTION },
    notes: [
      'New clients are sent elsewhere at once; those that resolvers sent before come for as long as the TTL.\n' +
        'What is drained serves only when nothing else can, as when_all_down says.',
    ],
    examples: ['steerdns drain web/fra1', "steerdns drain 'web/*'"],
  },
  (line, io) =>
    changeOverride(line, io, { method: 'PUT', override: 'drain' }, (member) => `${member} is draining`),
);

export const undrain = defineCommand(
  {
    name: 'undrain',
    summary: 'take back drain, or what else was said of members: their checks decide again',
    positionals: [PATTERN],
    options: { ...INSTANCE_OPTIONS, json: JSON_OPTION },
    examples: ['steerdns undrain web/fra1', "steerdns undrain 'web/*'"],
  },
  (line, io) => changeOverride(line, io, { method: 'DELETE' }, (member) => `${member} follows its checks`),
);

async function changeOverride(
  line: CommandLine,
  io: CommandIo,
  change: { readonly method: 'PUT'; readonly override: OverrideName } | { readonly method: 'DELETE' },
  say: (member: string) => string,
): Promise<ExitCode> {
  const pattern = line.positionals[0] ?? '';
  const answer = await askMeant(line, io, {
    method: change.method,
    path: `/v1/overrides/${encodeURIComponent(pattern)}`,
    ...(change.method === 'PUT' ? { body: { override: change.override } } : {}),
  });
  if (answer === undefined) return ExitCode.INPUT;
  if (!answer.ok) {
    io.err(`${answer.refusal.detail}\n`);
    return ExitCode.INPUT;
  }
  const result = answer.json as OverrideResult;
  if (line.isSet('json')) io.out(`${JSON.stringify(result, null, 2)}\n`);
  else for (const member of result.members) io.out(`${say(member)}\n`);
  if (result.unstored !== undefined) io.err(`this does not outlive a restart: ${result.unstored}\n`);
  return ExitCode.DONE;
}
