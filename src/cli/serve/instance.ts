import { randomInt } from 'node:crypto';
import type { Logger } from 'pino';
import type {
  Controls,
  InstanceStatus,
  OverrideName,
  OverrideResult,
  ReloadOutcome,
} from '../../admin/controls.js';
import { AliasResolver } from '../../alias/resolver.js';
import type { Identity } from '../../answer/chaos.js';
import type { Config } from '../../config/config.js';
import { Diagnostics } from '../../config/diagnostics.js';
import { loadConfig } from '../../config/load-config.js';
import { explain } from '../../explain/explain.js';
import type { ExplainAsk, ExplainReport } from '../../explain/explain-report.js';
import { HealthMonitor } from '../../health/health-monitor.js';
import { checkPattern, matchesPattern } from '../../health/member-pattern.js';
import { OverrideStore } from '../../health/override-store.js';
import { StateFile } from '../../health/state-file.js';
import type { RedirectSource } from '../../redirect/redirect-source.js';
import type { DnsThreads } from '../../server/dns-threads.js';
import { SerialStore } from '../../snapshot/serial-store.js';
import { type Snapshot, SnapshotLoader } from '../../snapshot/snapshot-loader.js';
import type { Sources } from '../../snapshot/watch-sources.js';
import { AliasTable } from '../../state/alias-table.js';
import { MemberStates } from '../../state/member-states.js';
import { makeRandom } from '../../state/random.js';
import type { Circumstances } from '../../steer/decide.js';
import { TRANSFER_MODULE, Transfers } from '../../transfer/transfers.js';
import type { DemoMember } from '../demo-members.js';
import { progressOn } from '../progress.js';
import { describeChanges, needsRestart } from './describe-changes.js';
import { type Listening, statusOf } from './instance-status.js';
import { protectionOf } from './protection-of.js';
import { redirectsOf } from './redirects-of.js';

/** How long the first answer, and each reload, waits for probes: a member without a result by then counts as up. */
const FIRST_ROUND_MS = 10_000;

/** What an instance is made of; `open` makes it. */
interface Parts {
  readonly file: string;
  readonly log: Logger;
  readonly loader: SnapshotLoader;
  readonly states: MemberStates;
  readonly aliases: AliasTable;
  readonly stateFile: StateFile;
  readonly snapshot: Snapshot;
  readonly transfers: Transfers;
}

/** A running server without its sockets: the snapshot that it serves, what changes it, and what is told of it. */
export class Instance implements Controls {
  readonly #startedAt = Date.now();
  readonly #parts: Parts;
  readonly #overrides: OverrideStore;
  readonly #monitor: HealthMonitor;
  readonly #resolver: AliasResolver;
  readonly #random = makeRandom(randomInt(1, 2 ** 32));
  readonly identity: Identity;
  #snapshot: Snapshot;
  #circumstances: Circumstances;
  #redirectSource: RedirectSource;
  #listening: Listening = { dns: [], http: [] };
  #refusedReload: InstanceStatus['refusedReload'];
  #dns: DnsThreads | undefined;
  readonly #transfers: Transfers;
  /** True while a load for {@link Secondaries} that changed is to begin. */
  #refreshWaits = false;
  /** True while another process has the state folder. */
  #held = false;
  /** What a reload is run in. */
  aroundReload: (reload: () => Promise<ReloadOutcome>) => Promise<ReloadOutcome> = (reload) => reload();
  /** The last reload asked for: they come one after the other. */
  #reloading: Promise<unknown> = Promise.resolve();

  private constructor(parts: Parts) {
    this.#parts = parts;
    const { snapshot, states, stateFile, log } = parts;
    this.#overrides = new OverrideStore({ states, file: stateFile });
    this.#monitor = new HealthMonitor({
      states,
      file: stateFile,
      log,
      onChange: ({ member, from, to, reason }) =>
        log.info({ member, from, to, reason }, `member ${member} is ${to}`),
    });
    this.#transfers = parts.transfers;
    this.#transfers.tell = (all, streamOnly) => this.#dns?.tellSpecial(all, streamOnly);
    this.#resolver = new AliasResolver({ table: parts.aliases, log, servers: snapshot.config.resolvers });
    this.#snapshot = snapshot;
    this.#circumstances = this.#circumstancesOf(snapshot);
    this.#redirectSource = redirectsOf(snapshot, this.#circumstances, false);
    this.identity = identityOf(snapshot.config);
    this.#transfers.listen(() => this.#secondariesChanged());
  }

  /**
   * Loads everything that a configuration file says.
   * @param diagnostics takes every error and warning
   * @returns undefined when there are errors
   * @throws Error when the state folder can't be used
   */
  static async open(file: string, log: Logger, diagnostics: Diagnostics): Promise<Instance | undefined> {
    const states = new MemberStates();
    const aliases = new AliasTable();
    const config = loadConfig(file, diagnostics);
    if (config === undefined) return undefined;
    const stateFile = await StateFile.open(config.state, log);
    const progress = progressOn(process.stderr);
    const transfers = new Transfers(config.state, log);
    const loader = new SnapshotLoader({
      states,
      aliases,
      serials: await SerialStore.open(config.state),
      onStep: progress.step,
      secondaries: transfers.secondaries,
    });
    const startedAt = Date.now();
    await transfers.prepare(config);
    const snapshot = await loader.load(config, diagnostics).catch(async (error: unknown) => {
      await transfers.stop();
      throw error;
    });
    progress.done();
    if (snapshot === undefined) {
      await transfers.stop();
      return undefined;
    }
    const { zones, services } = snapshot;
    log.info({ ms: Date.now() - startedAt, zones: zones.length, services: services.length }, 'loaded');
    return new Instance({ file, log, loader, states, aliases, stateFile, snapshot, transfers });
  }

  get states(): MemberStates {
    return this.#parts.states;
  }

  /** What answers transfers in the threads that answer queries. */
  get transfers(): { readonly module: string; readonly onMessage: (message: unknown) => void } {
    return { module: TRANSFER_MODULE, onMessage: this.#transfers.hear };
  }

  get config(): Config {
    return this.#snapshot.config;
  }

  /**
   * Probes every member once, or {@link FIRST_ROUND_MS} long; queries are answered from then on.
   * @param dns the threads that answer them
   */
  async start(dns: DnsThreads): Promise<void> {
    this.#dns = dns;
    // One after the other with the load for a zone that came meanwhile, or the older snapshot might be used last.
    const first = this.#reloading.then(async () => {
      await this.#prepare(this.#snapshot);
      await this.#use(this.#snapshot);
    });
    this.#reloading = first.catch(() => {});
    await first;
  }

  /** What the redirect endpoint answers from now. */
  readonly redirects = (): RedirectSource => this.#redirectSource;

  /** Files of geo data that a reload is due for when they change. */
  geoFiles(): string[] {
    const { databases, networks } = this.#snapshot.config.geo;
    return [...databases.filter((path) => !path.startsWith('builtin:')), ...networks];
  }

  /** What else a reload reads; undefined when nobody asked to reload when it changes. */
  sources(): Sources | undefined {
    const { file, watch, zones, services, geo } = this.#snapshot.config;
    return watch ? { files: [file, ...geo.networks], folders: [zones, services] } : undefined;
  }

  /**
   * Lets another process have the state folder, or takes it back. Meanwhile nothing is written there, so nothing is reloaded, and
   * what operators say is refused to be kept.
   */
  async hold(held: boolean): Promise<void> {
    this.#held = held;
    const { stateFile, log } = this.#parts;
    if (held) {
      await this.#reloading;
      await stateFile.save().catch((error: unknown) => log.warn({ err: error }, "can't save states"));
    }
    // It may have been given back meanwhile.
    stateFile.held = this.#held;
    this.#transfers.hold(this.#held);
    // Zones that came while it was held.
    if (!this.#held) this.#secondariesChanged();
  }

  /** Where probes of loopback addresses by HTTP go: the members that the example starts. */
  loopbackMembers(): DemoMember[] {
    const members = new Map<string, DemoMember>();
    for (const { spec } of this.#snapshot.services) {
      for (const { name, checks } of spec.members) {
        for (const { type, target: address, port } of checks) {
          if (type !== 'http' || address === undefined || !/^127\.|^::1$/.test(address)) continue;
          const key = `${address} ${port}`;
          if (!members.has(key)) members.set(key, { name: `${spec.name}/${name}`, address, port });
        }
      }
    }
    return [...members.values()];
  }

  /** Tells where the sockets really are, for status. */
  listens(listening: Listening): void {
    this.#listening = listening;
  }

  status(): InstanceStatus {
    return statusOf({
      startedAt: this.#startedAt,
      listening: this.#listening,
      snapshot: this.#snapshot,
      refusedReload: this.#refusedReload,
      secondaries: this.#transfers.secondaryStates(),
      health: this.#monitor.report(),
      states: this.#parts.states,
      overrides: this.#overrides.list(),
      counters: this.#dns?.counters(),
    });
  }

  /** One line of what is served. */
  summary(): string {
    const { zones, services } = this.#snapshot;
    const refused = this.#refusedReload === undefined ? '' : '; the last reload was refused';
    return `${zones.length} zones, ${services.length} services${refused}`;
  }

  async setOverride(pattern: string, override: OverrideName): Promise<OverrideResult> {
    checkPattern(pattern);
    const known = this.#monitor.report().some(({ member }) => matchesPattern(pattern, member));
    if (!known) return { members: [] };
    return this.#said(`${override} ${pattern}`, await this.#overrides.set(pattern, override));
  }

  async clearOverride(pattern: string): Promise<OverrideResult> {
    return this.#said(`no override of ${pattern}`, await this.#overrides.clear(pattern));
  }

  reload(): Promise<ReloadOutcome> {
    const next = this.#reloading.then(() => this.aroundReload(() => this.#reload()));
    this.#reloading = next.catch(() => {});
    return next;
  }

  async explain(ask: ExplainAsk): Promise<ExplainReport> {
    return explain(ask, {
      ...this.#snapshot,
      circumstances: this.#circumstances,
      identity: this.identity,
      now: nowSeconds,
      states: 'live',
    });
  }

  /** Ends probes and resolving; states and overrides are stored. */
  async stop(): Promise<void> {
    await this.#transfers.stop();
    await this.#reloading;
    await Promise.all([this.#monitor.stop(), this.#resolver.stop()]);
    await this.#parts.stateFile.close();
  }

  async #reload(): Promise<ReloadOutcome> {
    const { loader, file, log } = this.#parts;
    const diagnostics = new Diagnostics();
    if (this.#held) {
      diagnostics.fileError(file, 'another process is taking over from this one; it has read the files anew');
      return this.#refuse(diagnostics);
    }
    const config = loadConfig(file, diagnostics);
    if (config !== undefined) await this.#transfers.prepare(config);
    const snapshot = config && (await loader.load(config, diagnostics));
    if (snapshot === undefined) return this.#refuse(diagnostics);
    const before = this.#snapshot;
    await this.#prepare(snapshot);
    await this.#use(snapshot);
    this.#refusedReload = undefined;
    const changes = [...describeChanges(before, snapshot), ...needsRestart(before.config, snapshot.config)];
    for (const { message, file: where, line } of diagnostics.list) log.warn({ file: where, line }, message);
    log.info({ changes }, 'reloaded');
    return { reloaded: true, changes, warnings: diagnostics.list };
  }

  /** A zone came from elsewhere, or expired: loads again by the configuration that is served. Many changes make one load. */
  #secondariesChanged(): void {
    if (this.#refreshWaits || this.#held) return;
    this.#refreshWaits = true;
    const { loader, log } = this.#parts;
    const refresh = async (): Promise<void> => {
      this.#refreshWaits = false;
      if (this.#held) return;
      const diagnostics = new Diagnostics();
      const snapshot = await loader.load(this.config, diagnostics);
      if (snapshot === undefined) {
        this.#refuse(diagnostics);
        return;
      }
      await this.#prepare(snapshot);
      await this.#use(snapshot);
    };
    this.#reloading = this.#reloading
      .then(refresh)
      .catch((error: unknown) => log.error({ err: error }, 'zones that were transferred are not served'));
  }

  #refuse(diagnostics: Diagnostics): ReloadOutcome {
    const errors = diagnostics.list.filter(({ severity }) => severity === 'error');
    this.#refusedReload = { at: new Date().toISOString(), errors: errors.length };
    for (const { message, file, line, column } of errors) {
      this.#parts.log.error({ file, line, column }, `reload refused: ${message}`);
    }
    return { reloaded: false, errors };
  }

  /** Lets probes and the resolver know of a snapshot before it is served, and waits for their first results. */
  async #prepare({ services, aliasTargets }: Snapshot): Promise<void> {
    const specs = services.map(({ spec }) => spec);
    this.#overrides.update(specs);
    this.#monitor.update(specs);
    this.#resolver.update(aliasTargets);
    const [unprobed] = await Promise.all([
      this.#monitor.firstRound(FIRST_ROUND_MS),
      this.#resolver.firstRound(FIRST_ROUND_MS),
    ]);
    if (unprobed > 0)
      this.#parts.log.warn({ probes: unprobed }, 'some probes had no result yet: their members count as up');
  }

  async #use(snapshot: Snapshot): Promise<void> {
    this.#snapshot = snapshot;
    this.#circumstances = this.#circumstancesOf(snapshot);
    this.#redirectSource = redirectsOf(snapshot, this.#circumstances, true);
    await this.#transfers.update(snapshot.config, snapshot.catalog, this.states.words.length);
    await this.#dns?.publish(snapshot.catalog, snapshot.services, protectionOf(snapshot.config));
    this.#transfers.notify();
  }

  #circumstancesOf({ catalog }: Snapshot): Circumstances {
    return { states: this.#parts.states, turns: new Int32Array(catalog.turnWords), random: this.#random };
  }

  #said(what: string, result: OverrideResult): OverrideResult {
    this.#parts.log.info(result, `operator: ${what}`);
    return result;
  }
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

function identityOf({ identity: { version = '', id = '' } }: Config): Identity {
  return { version: Buffer.from(version), id: Buffer.from(id) };
}
