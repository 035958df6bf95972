import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { blocksOf, readDocument, type Step, stepsOf, toPattern, typeCommand } from '../support/document.js';
import { namedIn, RNDC_KEY, RNDC_KEY_FILE, rndcIn } from '../support/named.js';
import { type Daemon, Network } from '../support/network.js';
import {
  CHECKOUT,
  makeFolder,
  removeFolder,
  type Steerdns,
  startProgram,
  writeFiles,
} from '../support/steerdns.js';
import { needTool } from '../support/tools.js';
import { until } from '../support/until.js';

const PAGE_FILE = 'docs/migrate-from-bind.md';
const PAGE = readDocument(PAGE_FILE);
const YAML = blocksOf(PAGE, 'yaml');
const [IMPORTED = '', SERVICE = '', STEERED = ''] = YAML;
const ZONE = blocksOf(PAGE, 'zone')[0] ?? '';
/** The steered name, without the comment above it. */
const STEERED_LINE = STEERED.split('\n').find((line) => line.startsWith('www:')) ?? '';

/** Everything is typed in one folder: both machines are this one. */
class Machines {
  #named: Daemon | undefined;
  #steerdns: Steerdns | undefined;

  private constructor(
    readonly network: Network,
    readonly folder: string,
  ) {}

  static async open(): Promise<Machines> {
    const network = await Network.open(['192.0.2.53', '192.0.2.54'], '192.0.2.54');
    const machines = new Machines(network, await makeFolder());
    await symlink(join(CHECKOUT, 'bin'), join(machines.folder, 'bin'));
    await writeFiles(machines.folder, { [RNDC_KEY_FILE]: RNDC_KEY, 'zones/.keep': '', 'services/.keep': '' });
    return machines;
  }

  file(name: string): string {
    return join(this.folder, name);
  }

  async read(name: string): Promise<string> {
    return readFile(this.file(name), 'utf8');
  }

  async write(name: string, text: string): Promise<void> {
    await writeFiles(this.folder, { [name]: text });
  }

  async edit(name: string, pattern: RegExp, by: string): Promise<void> {
    const text = await this.read(name);
    expect(text, name).to.match(pattern);
    await writeFile(this.file(name), text.replace(pattern, by));
  }

  /** Types a step until it shows what the page says. */
  async type({ command, shows }: Step): Promise<void> {
    const wanted = shows.map(toPattern);
    const shell = this.network.shell(this.folder, this.file('bin'));
    await until(
      () => typeCommand(rndcIn(this.folder, command), '/', shell),
      ({ code, output }) => code === 0 && wanted.every((pattern) => pattern.test(output)),
    );
  }

  /** The page's named.conf that begins with this comment. */
  async writeNamed(comment: string): Promise<void> {
    await this.write('named.conf', namedIn(this.folder, block('text', comment)));
  }

  async startNamed(): Promise<void> {
    this.#named = this.network.start('named', '-g', '-n', '1', '-c', this.file('named.conf'));
    await this.type({ command: 'dig @192.0.2.53 +norecurse example.com SOA', shows: [';; flags: qr aa; …'] });
  }

  async startSteerdns(): Promise<void> {
    const program = [process.execPath, join(CHECKOUT, 'bin/steerdns'), 'serve', '--config'];
    const [command, ...args] = this.network.words(...program, this.file('steerdns.yaml'));
    this.#steerdns = await startProgram(command, args, this.folder);
  }

  async close(): Promise<void> {
    await this.#steerdns?.stop();
    await this.#named?.stop();
    await this.network.close();
    await removeFolder(this.folder);
  }
}

describe(`${PAGE_FILE}, in a network namespace with its addresses and port 53`, () => {
  let machines: Machines;

  before(async function () {
    for (const tool of ['dig', 'ip', 'named', 'named-compilezone'] as const) needTool(this, tool);
    machines = await Machines.open().catch((error: Error) => {
      if (process.env.CI === 'true') throw error;
      console.log(`      ${error.message}`);
      return this.skip();
    });
  });
  after(async () => {
    await machines?.close();
  });

  const typed = (language: string, part = PAGE): void => {
    for (const step of stepsOf(part, language)) it(step.command, () => machines.type(step));
  };

  describe('as files', () => {
    before(async () => {
      await machines.write('db.example.com', ZONE);
      await machines.write('steerdns.yaml', 'zones: zones\ngeo: {databases: []}\nlisten: {admin: []}\n');
    });

    typed('sh', PAGE.split('## Move step by step')[0]);

    it('gives the YAML of the page', async () => {
      expect(await machines.read('zones/example.com.yaml')).to.equal(
        `# /etc/bind/db.example.com\n${IMPORTED}`,
      );
    });

    it('gives the export of the page', async () => {
      expect(await machines.read('example.com.zone')).to.equal(blocksOf(PAGE, '')[0]);
    });

    it('exports what a steered name answers', async () => {
      await machines.write('services/web.yaml', SERVICE);
      await steer(machines);
      const shows = ['; www.example.com. is steered by the service web: …', 'www … IN A …'];
      await machines.type({ command: 'steerdns export example.com', shows });
      await removeFolder(machines.file('zones'));
      await mkdir(machines.file('zones'));
    });
  });

  describe('beside BIND', () => {
    typed('sh', PAGE.split('## Move step by step')[1]);

    it('both serve', async () => {
      await machines.writeNamed('// named.conf\n');
      await machines.startNamed();
      await machines.write('steerdns.yaml', block('yaml', '# steerdns.yaml, beside BIND;'));
      await machines.startSteerdns();
      const shows = [';; flags: qr aa; …'];
      await machines.type({ command: 'dig @192.0.2.54 +norecurse example.com SOA', shows });
    });

    typed('sh beside');

    it('a change is made at BIND', async () => {
      await machines.edit('db.example.com', /2024010101/, '2024010102');
      await machines.edit('db.example.com', /^mail .*$/m, 'mail IN A 192.0.2.26');
    });

    typed('sh changed');

    it('the steered name is laid over', async () => {
      await machines.write('steerdns.yaml', block('yaml', '# steerdns.yaml, beside BIND, with steering\n'));
      await machines.write('overlays/example.com.yaml', block('yaml', '# overlays/example.com.yaml\n'));
    });

    typed('sh steered');

    it('only www differs', () => onlySteeredDiffers(machines));
  });

  describe('after BIND', () => {
    before(async () => {
      await machines.write('steerdns.yaml', block('yaml', '# steerdns.yaml, after BIND\n'));
    });

    for (const step of stepsOf(PAGE, 'sh switch')) {
      it(step.command, async () => {
        await machines.type(step);
        if (!step.command.startsWith('steerdns import')) return;
        await machines.edit('zones/example.com.yaml', /serial: 2024010102/, 'serial: 2024010103');
        await steer(machines);
      });
    }

    it('BIND is told to be the secondary', () => machines.writeNamed('// named.conf, after\n'));

    typed('sh after');

    it('BIND has one of the addresses of www, as the page of transfers says', () =>
      onlySteeredDiffers(machines));
  });

  describe('an automatic serial', () => {
    it('goes on from the number, so that BIND follows', async () => {
      await machines.edit('zones/example.com.yaml', /serial: 2024010103/, 'serial: auto');
      await machines.type({ command: 'steerdns reload', shows: [] });
      const shows = ['… 2024010104 7200 900 1209600 300'];
      await machines.type({ command: 'dig @192.0.2.53 +norecurse +short example.com SOA', shows });
    });
  });
});

/** The page's block that begins so. */
function block(language: string, beginning: string): string {
  const found = blocksOf(PAGE, language).find((text) => text.startsWith(beginning));
  if (found === undefined) throw new Error(`${PAGE_FILE} has no block that begins with ${beginning}`);
  return found;
}

/** Puts the service where the addresses of www are. */
async function steer(machines: Machines): Promise<void> {
  await machines.edit('zones/example.com.yaml', /^www:\n(?: .*\n)*/m, `${STEERED_LINE}\n`);
}

async function onlySteeredDiffers(machines: Machines): Promise<void> {
  const rest = async (file: string): Promise<string[]> =>
    (await machines.read(file)).split('\n').filter((line) => line !== '' && !line.startsWith('www'));
  expect(await rest('new')).to.have.length.greaterThan(9);
  expect(await rest('new')).to.deep.equal(await rest('old'));
}
