import type { OverrideResult } from '../admin/controls.js';
import type { ApiCall } from './api-client.js';
import { askMeant, INSTANCE_OPTIONS } from './ask-instance.js';
import {
  type CommandIo,
  type CommandLine,
  defineCommand,
  ExitCode,
  JSON_OPTION,
  UsageError,
} from './command.js';
import { OVERRIDE_OPTIONS, overrideOptions } from './override-options.js';

const PATTERN = {
  name: 'PATTERN',
  help: 'service/member; * stands for any characters, and a member alone for it in every service',
};

const OPTIONS = { ...OVERRIDE_OPTIONS, ...INSTANCE_OPTIONS, json: JSON_OPTION };

export const drain = defineCommand(
  {
    name: 'drain',
    summary: 'take members out of answers until undrain, over restarts too',
    positionals: [PATTERN],
    options: OPTIONS,
    notes: [
      'New clients are sent elsewhere at once; those that resolvers sent before come for as long as the TTL.\n' +
        'What is drained serves only when nothing else can, as when_all_down says.',
    ],
    examples: ['steerdns drain web/fra1', "steerdns drain 'web/*' --for 2h --reason 'new kernel'"],
  },
  (line, io) => say(line, io, { override: 'drain' }, (member) => `${member} is draining`),
);

export const undrain = defineCommand(
  {
    name: 'undrain',
    summary: 'take back drain or force: the checks of members decide again',
    positionals: [PATTERN],
    options: { ...INSTANCE_OPTIONS, json: JSON_OPTION },
    examples: ['steerdns undrain web/fra1', "steerdns undrain 'web/*'"],
  },
  (line, io) => takeBack(line, io, 'state', (member) => `${member} follows its checks`),
);

export const force = defineCommand(
  {
    name: 'force',
    summary: 'set members up or down whatever their checks say, until undrain',
    positionals: [PATTERN, { name: 'STATE', help: 'up or down' }],
    options: OPTIONS,
    examples: [
      'steerdns force web/fra1 down',
      "steerdns force 'web/*' up --for 30m --reason 'check is broken'",
    ],
  },
  async (line, io) => {
    const state = line.positionals[1] ?? '';
    if (state !== 'up' && state !== 'down')
      throw new UsageError(`STATE must be up or down but is ${JSON.stringify(state)}`);
    return say(line, io, { override: state }, (member) => `${member} is ${state} by force`);
  },
);

export const weight = defineCommand(
  {
    name: 'weight',
    summary: "set the weight of members instead of their service's, over restarts too",
    positionals: [PATTERN, { name: 'WEIGHT', help: "0 to 65535, or own: the service's again" }],
    options: OPTIONS,
    notes: [
      'It holds in every pool that the member is in. One of weight 0 serves only when every other live one is gone.',
    ],
    examples: ['steerdns weight web/fra1 10', 'steerdns weight web/fra1 own'],
  },
  async (line, io) => {
    const text = line.positionals[1] ?? '';
    if (text === 'own') return takeBack(line, io, 'weight', (member) => `${member} has its own weight`);
    const value = Number(text);
    if (!/^\d{1,5}$/.test(text) || value > 65535) {
      throw new UsageError(`WEIGHT must be 0 to 65535, or own, but is ${JSON.stringify(text)}`);
    }
    return say(line, io, { weight: value }, (member) => `${member} has weight ${value}`);
  },
);

function say(
  line: CommandLine,
  io: CommandIo,
  word: object,
  tell: (member: string) => string,
): Promise<ExitCode> {
  const body = { ...word, ...overrideOptions(line) };
  return change(line, io, { method: 'PUT', path: pathOf(line), body }, tell);
}

function takeBack(
  line: CommandLine,
  io: CommandIo,
  aspect: string,
  tell: (member: string) => string,
): Promise<ExitCode> {
  return change(line, io, { method: 'DELETE', path: `${pathOf(line)}?of=${aspect}` }, tell);
}

function pathOf(line: CommandLine): string {
  return `/v1/overrides/${encodeURIComponent(line.positionals[0] ?? '')}`;
}

async function change(
  line: CommandLine,
  io: CommandIo,
  call: ApiCall,
  tell: (member: string) => string,
): Promise<ExitCode> {
  const answer = await askMeant(line, io, call);
  if (answer === undefined) return ExitCode.INPUT;
  if (!answer.ok) {
    io.err(`${answer.refusal.detail}\n`);
    return ExitCode.INPUT;
  }
  const result = answer.json as OverrideResult & { readonly until?: string };
  if (line.isSet('json')) io.out(`${JSON.stringify(result, null, 2)}\n`);
  else {
    const until = result.until === undefined ? '' : ` until ${result.until}`;
    for (const member of result.members) io.out(`${tell(member)}${until}\n`);
  }
  if (result.unstored !== undefined) io.err(`this does not outlive a restart: ${result.unstored}\n`);
  return ExitCode.DONE;
}
