import { createServer } from 'node:net';
import { expect } from 'chai';
import { type RunningAdmin, startAdmin } from '../../src/admin/start-admin.js';
import { type Command, ExitCode } from '../../src/cli/command.js';
import { drain, undrain } from '../../src/cli/drain.js';
import { reload } from '../../src/cli/reload.js';
import { status } from '../../src/cli/status.js';
import { TestInstance } from '../admin/support.js';
import { Folder, run } from './support.js';

describe('commands that ask a running instance', () => {
  let instance: TestInstance;
  let admin: RunningAdmin;
  let at: string;

  beforeEach(async () => {
    instance = new TestInstance();
    const listen = { address: '127.0.0.1', port: 0 };
    admin = await startAdmin({ listen, controls: instance, log: { warn: () => {}, error: () => {} } });
    at = `127.0.0.1:${admin.address.port}`;
  });

  afterEach(() => admin.close());

  it('status shows what is served', async () => {
    const { code, out } = await run(status, '--admin', at);
    expect(code).to.equal(ExitCode.DONE);
    expect(out).to.match(/^steerdns 0\.1\.0, process 4711, up for /);
  });

  it('status --json prints what the API says', async () => {
    const { out } = await run(status, '--admin', at, '--json');
    expect(JSON.parse(out)).to.deep.equal(instance.status());
  });

  it('drain and undrain change what is said of members', async () => {
    const drained = await run(drain, 'web/*', '--admin', at);
    expect(drained).to.deep.equal({ code: 0, out: 'web/fra1 is draining\nweb/ams1 is draining\n', err: '' });
    expect(instance.overrides).to.have.length(1);
    const undrained = await run(undrain, 'web/*', '--admin', at, '--json');
    expect(JSON.parse(undrained.out)).to.deep.equal({
      pattern: 'web/*',
      override: 'none',
      members: ['web/fra1', 'web/ams1'],
    });
    expect(instance.overrides).to.deep.equal([]);
  });

  it('drain says that it could not be stored', async () => {
    instance.unstored = 'the disk is full';
    const { code, err } = await run(drain, 'web/fra1', '--admin', at);
    expect(code).to.equal(ExitCode.DONE);
    expect(err).to.equal('this does not outlive a restart: the disk is full\n');
  });

  it('drain refuses a member that is not there', async () => {
    const { code, err } = await run(drain, 'web/fra2', '--admin', at);
    expect(code).to.equal(ExitCode.INPUT);
    expect(err).to.equal('no member matches web/fra2; did you mean "web/fra1"?\n');
  });

  it('reload tells what changed', async () => {
    expect(await run(reload, '--admin', at)).to.deep.equal({
      code: 0,
      out: 'reloaded\n  service web: 1 member more\n',
      err: '',
    });
    instance.outcome = { reloaded: true, changes: [], warnings: [] };
    expect((await run(reload, '--admin', at)).out).to.equal('reloaded; nothing changed\n');
  });

  it('reload shows the errors', async () => {
    const error = {
      severity: 'error',
      file: 'services/web.yaml',
      line: 14,
      column: 17,
      width: 2,
      message: 'weight must be 0 to 65535 but is -3',
      sourceLine: '  fra1: {weight: -3}',
    } as const;
    instance.outcome = { reloaded: false, errors: [error] };
    const { code, out, err } = await run(reload, '--admin', at);
    expect(code).to.equal(ExitCode.INPUT);
    expect(out).to.equal('');
    expect(err).to.include('services/web.yaml:14:17: error: weight must be 0 to 65535 but is -3');
    expect(err).to.include(
      'not reloaded: the configuration has 1 error; what was loaded before goes on serving',
    );
    const json = await run(reload, '--admin', at, '--json');
    expect(json.code).to.equal(ExitCode.INPUT);
    expect(JSON.parse(json.out)).to.deep.include({ code: 'reload_refused', errors: [error] });
  });

  describe('with a configuration', () => {
    const folder = new Folder();
    after(() => folder.remove());

    it('find the instance by it', async () => {
      await folder.write({
        'zones/example.com.yaml': '',
        'good.yaml': `zones: zones\nlisten: {admin: '${at}'}\n`,
      });
      const { code, err } = await run(status, '--config', folder.file('good.yaml'));
      expect(err).to.equal('');
      expect(code).to.equal(ExitCode.DONE);
    });

    it('show its errors, and how to do without it', async () => {
      await folder.write({ 'bad.yaml': 'zoness: zones\n' });
      const { code, err } = await run(status, '--config', folder.file('bad.yaml'));
      expect(code).to.equal(ExitCode.INPUT);
      expect(err).to.include('zoness').and.to.include('--admin ADDRESS:PORT');
    });
  });

  const commands: readonly { command: Command; args: readonly string[] }[] = [
    { command: status, args: [] },
    { command: drain, args: ['web/fra1'] },
    { command: undrain, args: ['web/fra1'] },
    { command: reload, args: [] },
  ];
  for (const { command, args } of commands) {
    it(`${command.name} says that no instance is running`, async () => {
      await admin.close();
      const { code, err } = await run(command, ...args, '--admin', at);
      expect(code).to.equal(ExitCode.INPUT);
      expect(err).to.equal(`no instance answers at ${at}: is it running?\n`);
    });

    it(`${command.name} --help has an example`, async () => {
      const { code, out } = await run(command, '--help');
      expect(code).to.equal(ExitCode.DONE);
      expect(out).to.match(new RegExp(`^examples?:\n  steerdns ${command.name}`, 'm'));
    });
  }

  const foreign: readonly { name: string; response: string }[] = [
    { name: 'another HTTP server', response: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi' },
    { name: 'no HTTP server', response: 'SSH-2.0-OpenSSH_9.2\r\n' },
    {
      name: 'one that says JSON but sends none',
      response: 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\nhi',
    },
  ];
  for (const { name, response } of foreign) {
    it(`tell ${name} from an instance`, async () => {
      const other = createServer((socket) => {
        socket.on('error', () => {});
        socket.once('data', () => socket.end(response));
      });
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
      const { port } = other.address() as { port: number };
      const { code, err } = await run(status, '--admin', `127.0.0.1:${port}`);
      expect(code).to.equal(ExitCode.INPUT);
      expect(err).to.equal(`what listens at 127.0.0.1:${port} is no instance of steerdns\n`);
      await new Promise((resolve) => other.close(resolve));
    });
  }

  for (const value of [
    '8053',
    'example.com:8053',
    '127.0.0.1',
    '127.0.0.1:0',
    '127.0.0.1:99999',
    '::1:8053',
  ]) {
    it(`refuse --admin ${value}`, async () => {
      const { code, err } = await run(status, '--admin', value);
      expect(code).to.equal(ExitCode.USAGE);
      expect(err).to.include(`--admin must be ADDRESS:PORT, such as 127.0.0.1:8053, but is "${value}"`);
    });
  }
});
