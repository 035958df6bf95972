import { expect } from 'chai';
import { type CommandLine, defineCommand, ExitCode, UsageError } from '../../src/cli/command.js';
import { run } from './support.js';

let seen: CommandLine | undefined;
const command = defineCommand(
  {
    name: 'ask',
    summary: 'ask for a name',
    positionals: [
      { name: 'NAME', help: 'the name' },
      { name: 'TYPE', help: 'the type', optional: true },
    ],
    options: { from: { value: 'ADDRESS', help: 'who asks' }, json: { help: 'print JSON' } },
    examples: ['steerdns ask www.example.com --from 192.0.2.1'],
    notes: ['More is not said.'],
  },
  async (line) => {
    seen = line;
    if (line.positionals[0] === 'wrong') throw new UsageError('wrong is wrong');
    return ExitCode.INPUT;
  },
);

describe('defineCommand', () => {
  beforeEach(() => {
    seen = undefined;
  });

  const taken: readonly {
    args: readonly string[];
    positionals: readonly string[];
    from?: string;
    json?: boolean;
  }[] = [
    { args: ['a'], positionals: ['a'] },
    { args: ['a', 'AAAA', '--json'], positionals: ['a', 'AAAA'], json: true },
    { args: ['--from', '::1', 'a'], positionals: ['a'], from: '::1' },
    { args: ['--from=::1', 'a'], positionals: ['a'], from: '::1' },
    { args: ['--from=-x', 'a'], positionals: ['a'], from: '-x' },
    { args: ['--from', 'x', '--from', 'y', 'a'], positionals: ['a'], from: 'y' },
    { args: ['--', '--from'], positionals: ['--from'] },
  ];
  for (const { args, positionals, from, json = false } of taken) {
    it(`takes ${args.join(' ')}`, async () => {
      expect((await run(command, ...args)).code).to.equal(ExitCode.INPUT);
      expect(seen?.positionals).to.deep.equal(positionals);
      expect(seen?.option('from')).to.equal(from);
      expect(seen?.isSet('json')).to.equal(json);
    });
  }

  const wrong: readonly { args: readonly string[]; message: string }[] = [
    { args: [], message: 'NAME is missing: the name' },
    { args: ['a', 'b', 'c'], message: '"c" is one argument too many' },
    { args: ['a', '--form', 'x'], message: 'there is no option --form; did you mean --from?' },
    { args: ['a', '--jsno'], message: 'there is no option --jsno; did you mean --json?' },
    { args: ['a', '--zzzzzz'], message: 'there is no option --zzzzzz' },
    { args: ['a', '-x'], message: 'there is no option -x' },
    { args: ['a', '--constructor'], message: 'there is no option --constructor' },
    { args: ['a', '--from'], message: '--from needs a value: --from ADDRESS' },
    { args: ['a', '--from='], message: '--from needs a value: --from ADDRESS' },
    { args: ['a', '--from', '--json'], message: '--from needs a value: --from ADDRESS' },
    { args: ['a', '--json=yes'], message: '--json takes no value' },
    { args: ['wrong'], message: 'wrong is wrong' },
  ];
  for (const { args, message } of wrong) {
    it(`refuses "${args.join(' ')}"`, async () => {
      const { code, out, err } = await run(command, ...args);
      expect(code).to.equal(ExitCode.USAGE);
      expect(out).to.equal('');
      expect(err).to.equal(
        `steerdns ask: ${message}\nusage: steerdns ask NAME [TYPE] [--from ADDRESS] [--json]\n`,
      );
    });
  }

  it('helps, whatever else is typed', async () => {
    const { code, out } = await run(command, '--help', '--json');
    expect(code).to.equal(ExitCode.DONE);
    expect(seen).to.equal(undefined);
    expect(out).to.equal(`ask for a name

usage: steerdns ask NAME [TYPE] [--from ADDRESS] [--json]

  NAME            the name
  TYPE            the type
  --from ADDRESS  who asks
  --json          print JSON
  --help          show this

More is not said.

example:
  steerdns ask www.example.com --from 192.0.2.1
`);
  });
});
