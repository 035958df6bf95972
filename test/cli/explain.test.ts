import { expect } from 'chai';
import { type RunningAdmin, startAdmin } from '../../src/admin/start-admin.js';
import { ExitCode } from '../../src/cli/command.js';
import { explain } from '../../src/cli/explain.js';
import { TestInstance } from '../admin/support.js';
import { Folder, run } from './support.js';

describe('explain', () => {
  const folder = new Folder();
  let admin: RunningAdmin;
  let at: string;
  let config: string;

  before(async () => {
    const listen = { address: '127.0.0.1', port: 0 };
    admin = await startAdmin({
      listen,
      controls: new TestInstance(),
      log: { warn: () => {}, error: () => {} },
    });
    at = `127.0.0.1:${admin.address.port}`;
    config = folder.file('steerdns.yaml');
    await folder.write({
      'steerdns.yaml': `zones: zones\nservices: services\ngeo: {databases: []}\nlisten: {admin: '${at}'}\n`,
      'zones/example.com.yaml': "'': {type: NS, value: ns.example.net.}\nwww: {type: GSLB, service: web}\n",
      'services/web.yaml': 'members:\n  fra1: {addresses: [192.0.2.10]}\n',
      'broken.yaml': `zones: nowhere\nlisten: {admin: '${at}'}\n`,
    });
  });

  after(() => folder.remove());

  it('asks the running instance', async () => {
    const { code, out, err } = await run(
      explain,
      'www.example.com',
      '--from',
      '192.0.2.1',
      '--config',
      config,
    );
    expect(err).to.equal('');
    expect(code).to.equal(ExitCode.DONE);
    expect(out).to.include('192.0.2.77').and.not.include('no running instance');
  });

  it('asks the instance that --admin names, and prints JSON', async () => {
    const { out } = await run(explain, 'www.example.com', '--ecs', '192.0.2.0/24', '--admin', at, '--json');
    expect(JSON.parse(out)).to.deep.include({
      states: 'live',
      question: { name: 'www.example.com.', type: 'A', ecs: '192.0.2.0/24' },
    });
  });

  const wrong: readonly { args: readonly string[]; message: string }[] = [
    { args: ['www.example.com'], message: 'it must be said who asks' },
    { args: ['www.example.com', '--from', 'here'], message: 'from must be an address' },
    { args: ['www.example.com', 'AAA', '--from', '::1'], message: 'did you mean "AAAA"?' },
    { args: ['www.example.com', '--form', '::1'], message: 'did you mean --from?' },
  ];
  for (const { args, message } of wrong) {
    it(`refuses "${args.join(' ')}"`, async () => {
      const { code, err } = await run(explain, ...args);
      expect(code).to.equal(ExitCode.USAGE);
      expect(err).to.include(message).and.to.include('usage: steerdns explain NAME [TYPE]');
    });
  }

  describe('without a running instance', () => {
    before(() => admin.close());

    it('answers from the files, and says so', async () => {
      const { code, out, err } = await run(
        explain,
        'www.example.com',
        '--from',
        '192.0.2.1',
        '--config',
        config,
      );
      expect(err).to.equal('');
      expect(code).to.equal(ExitCode.DONE);
      expect(out).to.include('no running instance was asked').and.to.include('192.0.2.10');
    });

    it('answers no instance that --admin names by others', async () => {
      const { code, err } = await run(explain, 'www.example.com', '--from', '192.0.2.1', '--admin', at);
      expect(code).to.equal(ExitCode.INPUT);
      expect(err).to.equal(`no instance answers at ${at}: is it running?\n`);
    });

    it('shows what is wrong with the files', async () => {
      const args = ['www.example.com', '--from', '192.0.2.1', '--config', folder.file('broken.yaml')];
      const { code, err } = await run(explain, ...args);
      expect(code).to.equal(ExitCode.INPUT);
      expect(err).to.include('nowhere');
    });
  });
});
