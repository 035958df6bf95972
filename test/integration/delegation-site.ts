import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { blocksOf, type Seen, typeCommand } from '../support/document.js';
import { RNDC_KEY, RNDC_KEY_FILE, rndcIn } from '../support/named.js';
import { type Daemon, Network } from '../support/network.js';
import { CHECKOUT, makeFolder, removeFolder, type Steerdns, startProgram } from '../support/steerdns.js';
import { needTool, type Skippable } from '../support/tools.js';
import { until } from '../support/until.js';
import {
  ADDRESSES,
  configurationOf,
  knotConfiguration,
  MORE_CHILD,
  namedConfiguration,
  PAGE,
  parentZone,
  RESOLVER,
  ROOT,
  ROOT_HINTS,
  resolverConfiguration,
  rootConfiguration,
  rootZones,
} from './delegation-configs.js';

export type ParentProgram = 'named' | 'knotd';

/** The programs of the parent, and the blocks of commands that are theirs alone. */
export const PARENTS = [
  { program: 'named', language: 'sh bind' },
  { program: 'knotd', language: 'sh knot' },
] as const;

/**
 * Starts everything, or skips the tests of the hook that calls it where a tool is missing or no network can be made; with CI=true
 * it fails them instead.
 */
export async function openSite(context: Skippable, program: ParentProgram): Promise<Site> {
  for (const tool of ['dig', 'ip', 'unbound', 'named', 'knotd', 'kzonecheck'] as const)
    needTool(context, tool);
  const site = await Site.open(program).catch((error: Error) => {
    if (process.env.CI === 'true') throw error;
    console.log(`      ${error.message}`);
    return context.skip();
  });
  try {
    await site.startSteerdns();
    await site.startRoot();
    await site.startParent();
    await site.startResolver('');
    return site;
  } catch (error) {
    await site.close();
    throw error;
  }
}

/** Everything that docs/delegation.md has, from its own snippets, in a network of its own with real addresses and port 53. */
export class Site {
  #resolver: Daemon | undefined;
  #parent: Daemon | undefined;
  #root: Daemon | undefined;
  /** The two machines that run steerdns. */
  readonly instances: Steerdns[] = [];

  private constructor(
    readonly network: Network,
    readonly folder: string,
    readonly program: ParentProgram,
  ) {}

  /** @throws when the machine lets nobody make a network namespace */
  static async open(program: ParentProgram): Promise<Site> {
    const network = await Network.open(ADDRESSES, RESOLVER);
    const site = new Site(network, await makeFolder(), program);
    await symlink(join(CHECKOUT, 'bin'), join(site.folder, 'bin'));
    for (const part of ['root', 'parent', 'resolver']) await mkdir(join(site.folder, part));
    return site;
  }

  get parentFolder(): string {
    return join(this.folder, 'parent');
  }

  /** The folder of the first machine with steerdns. */
  get steerdnsFolder(): string {
    return join(this.folder, 'ns1');
  }

  /** Starts both machines with steerdns. */
  async startSteerdns(): Promise<void> {
    for (const machine of ['ns1', 'ns2'] as const) {
      const folder = join(this.folder, machine);
      for (const text of blocksOf(PAGE, 'yaml')) {
        const name = /^# (\S+)\n/.exec(text)?.[1] ?? '';
        await mkdir(join(folder, name, '..'), { recursive: true });
        await writeFile(join(folder, name), name === 'steerdns.yaml' ? configurationOf(machine, text) : text);
      }
      const zone = join(folder, 'zones/gslb.example.com.yaml');
      await writeFile(zone, (await readFile(zone, 'utf8')) + MORE_CHILD);
      this.instances.push(await this.#startInstance(folder));
    }
  }

  /** Starts those that were stopped. */
  async restartSteerdns(): Promise<void> {
    const folders = this.instances.splice(0).map(({ folder }) => folder);
    for (const folder of folders) this.instances.push(await this.#startInstance(folder));
  }

  async stopSteerdns(): Promise<void> {
    for (const instance of this.instances) await instance.stop();
  }

  /** Starts the servers of the root, of `com` and of `net`, which have what the page says of them. */
  async startRoot(): Promise<void> {
    const folder = join(this.folder, 'root');
    const zones = rootZones();
    const domains = await Promise.all(
      zones.map(async ([name, text], i) => {
        await writeFile(join(folder, `${i}.zone`), text);
        return `  - domain: "${name}"\n    storage: "${folder}"\n    file: ${i}.zone\n`;
      }),
    );
    await writeFile(join(folder, 'knot.conf'), `${rootConfiguration(folder)}zone:\n${domains.join('')}`);
    this.#root = this.network.start('knotd', '--config', join(folder, 'knot.conf'));
    await writeFile(join(this.folder, 'resolver/root.hints'), ROOT_HINTS);
    await this.#untilShown(`dig @${ROOT} +norecurse net SOA`, /flags: qr aa/);
  }

  /** Starts the parent by the page's snippets, and waits until it has signed the zone. */
  async startParent(): Promise<void> {
    await this.writeParent();
    const [named = '', knot = ''] = blocksOf(PAGE, 'text');
    const folder = this.parentFolder;
    if (this.program === 'named') {
      await writeFile(join(folder, RNDC_KEY_FILE), RNDC_KEY);
      await writeFile(join(folder, 'named.conf'), namedConfiguration(folder, named));
      this.#parent = this.network.start('named', '-g', '-n', '1', '-c', join(folder, 'named.conf'));
    } else {
      await writeFile(join(folder, 'knot.conf'), knotConfiguration(folder, knot));
      this.#parent = this.network.start('knotd', '--config', join(folder, 'knot.conf'));
    }
    const keys = await this.#untilShown(
      'dig @192.0.2.53 +norecurse +noall +answer example.com DNSKEY',
      /\s257 3 13 /,
    );
    const anchor = keys.split('\n').filter((line) => /\s257 3 13 /.test(line));
    await writeFile(join(this.folder, 'resolver/anchor'), `${anchor.join('\n')}\n`);
    await this.#untilShown('dig @192.0.2.53 +norecurse +dnssec mail.example.com', /\sRRSIG\s/).catch(
      (error) => {
        throw new Error(`${error}\n${this.#parent?.output}`);
      },
    );
  }

  /** Writes the parent zone of the page, and more lines at its end. */
  async writeParent(more = ''): Promise<void> {
    await writeFile(join(this.parentFolder, 'db.example.com'), parentZone(more));
  }

  /** Starts unbound anew with a configuration, its cache empty. */
  async startResolver(settings: string): Promise<void> {
    await this.#resolver?.stop();
    const folder = join(this.folder, 'resolver');
    await writeFile(join(folder, 'unbound.conf'), `${resolverConfiguration(folder)}\n${settings}`);
    this.#resolver = this.network.start('unbound', '-d', '-c', join(folder, 'unbound.conf'));
    await this.#untilShown('dig +time=1 +tries=1 . NS', /a\.root\./).catch((error) => {
      throw new Error(`${error}\n${this.#resolver?.output}`);
    });
  }

  /** What unbound logged since its start. */
  get resolverLog(): string {
    return this.#resolver?.output ?? '';
  }

  /** What `unbound-control` says. */
  async control(...command: readonly string[]): Promise<string> {
    const configuration = join(this.folder, 'resolver/unbound.conf');
    return this.network.run('unbound-control', '-c', configuration, ...command);
  }

  /** Types a line at a machine of this network, as the page has it. */
  async type(command: string, folder: string = this.folder): Promise<Seen> {
    // Their own files are where the machine's would be.
    const typed = rndcIn(this.parentFolder, command).replace(
      /^knotc (?!-)/,
      `knotc --config ${join(this.parentFolder, 'knot.conf')} `,
    );
    return typeCommand(typed, '/', this.network.shell(folder, join(this.folder, 'bin')));
  }

  async close(): Promise<void> {
    await this.stopSteerdns();
    for (const daemon of [this.#resolver, this.#parent, this.#root]) await daemon?.stop();
    await this.network.close();
    await removeFolder(this.folder);
  }

  async #startInstance(folder: string): Promise<Steerdns> {
    const program = [process.execPath, join(CHECKOUT, 'bin/steerdns'), 'serve', '--config'];
    const [command, ...args] = this.network.words(...program, join(folder, 'steerdns.yaml'));
    return startProgram(command, args, folder);
  }

  async #untilShown(command: string, pattern: RegExp): Promise<string> {
    const seen = await until(
      () => this.type(command),
      ({ output }) => pattern.test(output),
      30_000,
    );
    return seen.output;
  }
}
