import { randomInt } from 'node:crypto';
import type { Logger } from 'pino';
import type {
  Controls,
  InstanceStatus,
  OverrideAspect,
  OverrideResult,
  OverrideWord,
  ReloadOutcome,
  SteeringControls,
  ZoneControls,
} from '../../admin/controls.js';
import { AliasResolver } from '../../alias/resolver.js';
import type { Identity } from '../../answer/chaos.js';
import type { Sharing } from '../../cluster/sharing.js';
import type { Config } from '../../config/config.js';
import { Diagnostics } from '../../config/diagnostics.js';
import { loadConfig } from '../../config/load-config.js';
import { explain } from '../../explain/explain.js';
import type { ExplainAsk, ExplainReport } from '../../explain/explain-report.js';
import { HealthMonitor } from '../../health/health-monitor.js';
import { checkPattern, matchesPattern } from '../../health/member-pattern.js';
import { OverrideStore } from '../../health/override-store.js';
import type { StateFile, StoredOverride } from '../../health/state-file.js';
import type { StateHistory } from '../../health/state-history.js';
import { Exposition } from '../../metrics/exposition.js';
import type { ReloadFigures } from '../../metrics/instance-rows.js';
import { ProbeTally } from '../../metrics/probe-tally.js';
import { ProcessMetrics } from '../../metrics/process-rows.js';
import type { RedirectSource } from '../../redirect/redirect-source.js';
import type { RunningRedirect } from '../../redirect/start-redirect.js';
import type { DnsThreads } from '../../server/dns-threads.js';
import type { TransportSettings } from '../../server/thread-messages.js';
import { withWeights } from '../../snapshot/override-weights.js';
import type { Snapshot, SnapshotLoader } from '../../snapshot/snapshot-loader.js';
import type { AliasTable } from '../../state/alias-table.js';
import type { MemberStates } from '../../state/member-states.js';
import { makeRandom } from '../../state/random.js';
import type { Circumstances } from '../../steer/decide.js';
import { TRANSFER_MODULE, type Transfers } from '../../transfer/transfers.js';
import { describeChanges, needsRestart } from './describe-changes.js';
import { metricsOf } from './instance-metrics.js';
import { type Listening, statusOf } from './instance-status.js';
import { makeSharing, sharedOf } from './make-sharing.js';
import { protectionOf } from './protection-of.js';
import { redirectsOf } from './redirects-of.js';
import { ServedSteering } from './served-steering.js';
import { ServedZones } from './served-zones.js';
import type { TlsKeeper } from './tls-keeper.js';
import { transportOf } from './transport-of.js';

/** How long the first answer, and each reload, waits for probes: a member without a result by then counts as up. */
const FIRST_ROUND_MS = 10_000;

/** How long a start waits for what other instances say; then it goes on alone until they are heard. */
const JOIN_MS = 3_000;

/** What an instance is made of; `openInstance` makes it. */
export interface InstanceParts {
  readonly file: string;
  readonly log: Logger;
  readonly loader: SnapshotLoader;
  readonly states: MemberStates;
  readonly aliases: AliasTable;
  readonly stateFile: StateFile;
  readonly history: StateHistory;
  readonly snapshot: Snapshot;
  readonly transfers: Transfers;
  readonly tls: TlsKeeper;
}

/** A running server without its sockets: the snapshot that it serves, what changes it, and what is told of it. */
export class Instance implements Controls {
  readonly #startedAt = Date.now();
  readonly #parts: InstanceParts;
  readonly #overrides: OverrideStore;
  readonly #sharing: Sharing;
  readonly #monitor: HealthMonitor;
  readonly #resolver: AliasResolver;
  readonly #random = makeRandom(randomInt(1, 2 ** 32));
  readonly identity: Identity;
  readonly steering: SteeringControls;
  readonly zones: ZoneControls;
  /** What is served. */
  #snapshot: Snapshot;
  /** As it was loaded: with the weights of the files. */
  #loaded: Snapshot;
  /** Operators' weights that {@link #snapshot} has. */
  #weights: ReadonlyMap<string, number> = new Map();
  #circumstances: Circumstances;
  #redirectSource: RedirectSource;
  #listening: Listening = { dns: [], dot: [], http: [] };
  #refusedReload: InstanceStatus['refusedReload'];
  #dns: DnsThreads | undefined;
  #redirect: RunningRedirect | undefined;
  readonly #exposition: Exposition;
  readonly #processMetrics = new ProcessMetrics();
  #reloads: ReloadFigures = { done: 0, refused: 0, lastDone: true };
  readonly #transfers: Transfers;
  /** True while a load for {@link Secondaries} that changed is to begin. */
  #refreshWaits = false;
  /** True while another process has the state folder. */
  #held = false;
  /** What a reload is run in. */
  aroundReload: (reload: () => Promise<ReloadOutcome>) => Promise<ReloadOutcome> = (reload) => reload();
  /** The last reload asked for: they come one after the other. */
  #reloading: Promise<unknown> = Promise.resolve();

  constructor(parts: InstanceParts) {
    this.#parts = parts;
    const { snapshot, states, stateFile, history, log } = parts;
    const { cluster, metrics } = snapshot.config;
    const probes = new ProbeTally(metrics.members);
    this.#overrides = new OverrideStore({
      states,
      file: stateFile,
      ...(cluster === undefined ? {} : { instance: cluster.instance }),
      onExpired: (words) => this.#expired(words),
      onChange: (change) => history.add(change),
    });
    this.#sharing = makeSharing(snapshot.config, this.#overrides, log, {
      onChange: () => this.#monitor.refresh(),
      onWords: () => void this.#reweigh().catch(() => {}),
    });
    this.#monitor = new HealthMonitor({
      states,
      file: stateFile,
      sharing: this.#sharing,
      log,
      onChange: ({ member, from, to, reason }) => {
        if (to !== 'unknown') probes.changed(member, to);
        const level = to === 'down' ? 'warn' : 'info';
        log[level]({ member, from, to, reason }, `member ${member} is ${to}`);
        history.add({ member, what: 'health', from, to, reason });
      },
      onProbe: (members, outcome, tookMs) => {
        for (const member of members) probes.probed(member, outcome, tookMs);
      },
    });
    this.#transfers = parts.transfers;
    this.#transfers.tell = (all, streamOnly) => this.#dns?.tellSpecial(all, streamOnly);
    parts.tls.onRenewal = () => this.#dns?.setTransport(this.transport);
    this.#resolver = new AliasResolver({ table: parts.aliases, log, servers: snapshot.config.resolvers });
    this.#snapshot = snapshot;
    this.#loaded = snapshot;
    this.#circumstances = this.#circumstancesOf(snapshot);
    this.#redirectSource = redirectsOf(snapshot, this.#circumstances, false);
    this.identity = identityOf(snapshot.config);
    this.#transfers.listen(() => this.#secondariesChanged());
    this.#exposition = new Exposition(
      metricsOf({
        bounds: snapshot.config.metrics,
        states,
        probes,
        process: this.#processMetrics,
        snapshot: () => this.#snapshot,
        dns: () => this.#dns,
        redirect: () => this.#redirect,
        reloads: () => this.#reloads,
        secondaries: () => this.#transfers.secondaryStates(),
        cluster: () => this.#sharing.status(),
      }),
    );
    this.steering = new ServedSteering({
      ...parts,
      snapshot: () => this.#snapshot,
      monitor: this.#monitor,
      overrides: this.#overrides,
    });
    this.zones = new ServedZones({
      snapshot: () => this.#snapshot,
      check: (replaced, diagnostics) => parts.loader.check(this.config, replaced, diagnostics),
      reload: () => this.reload(),
    });
  }

  get states(): MemberStates {
    return this.#parts.states;
  }

  /** What answers transfers in the threads that answer queries. */
  get transfers(): { readonly module: string; readonly onMessage: (message: unknown) => void } {
    return { module: TRANSFER_MODULE, onMessage: this.#transfers.hear };
  }

  /** Whom proxies may speak for, and the certificate of DNS over TLS. */
  get transport(): TransportSettings {
    return transportOf(this.config, this.#parts.tls.pair);
  }

  /** What is served. */
  get snapshot(): Snapshot {
    return this.#snapshot;
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
    this.#sharing.configure(sharedOf(this.#snapshot));
    await this.#sharing.start(JOIN_MS);
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

  /** Where the sockets really are. */
  get listening(): Listening {
    return this.#listening;
  }

  /** Tells where the sockets really are, for status. */
  listens(listening: Listening): void {
    this.#listening = listening;
  }

  /** Tells what redirects, for metrics. */
  redirectsBy(redirect: RunningRedirect): void {
    this.#redirect = redirect;
  }

  /** What Prometheus reads. */
  metrics(): Promise<string> {
    return this.#exposition.text();
  }

  status(): InstanceStatus {
    return statusOf({
      startedAt: this.#startedAt,
      listening: this.#listening,
      tls: this.#parts.tls.status(),
      snapshot: this.#snapshot,
      refusedReload: this.#refusedReload,
      secondaries: this.#transfers.secondaryStates(),
      health: this.#monitor.report(),
      sharing: this.#sharing.status(),
      states: this.#parts.states,
      overrides: this.#overrides.list(),
      weights: this.#overrides.weights(),
      counters: this.#dns?.counters(),
    });
  }

  /** One line of what is served. */
  summary(): string {
    const { zones, services } = this.#snapshot;
    const refused = this.#refusedReload === undefined ? '' : '; the last reload was refused';
    return `${zones.length} zones, ${services.length} services${refused}`;
  }

  async setOverride(pattern: string, word: OverrideWord): Promise<OverrideResult> {
    checkPattern(pattern);
    const known = this.#monitor.report().some(({ member }) => matchesPattern(pattern, member));
    if (!known) return { members: [] };
    const what = word.override === 'weight' ? `weight ${word.weight}` : word.override;
    const said = this.#overrides.set(pattern, word);
    this.#sharing.wordsChanged();
    return this.#said(`${what} ${pattern}`, await said);
  }

  async clearOverride(pattern: string, aspects: readonly OverrideAspect[]): Promise<OverrideResult> {
    const said = this.#overrides.clear(pattern, aspects);
    this.#sharing.wordsChanged();
    return this.#said(`no override of ${pattern}`, await said);
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
    this.#processMetrics.stop();
    this.#parts.tls.close();
    await this.#transfers.stop();
    await this.#reloading;
    await this.#sharing.stop();
    await Promise.all([this.#monitor.stop(), this.#resolver.stop()]);
    this.#overrides.stop();
    await this.#parts.stateFile.close();
    await this.#parts.history.close();
  }

  async #reload(): Promise<ReloadOutcome> {
    const { loader, file, log, tls } = this.#parts;
    const diagnostics = new Diagnostics();
    if (this.#held) {
      diagnostics.fileError(file, 'another process is taking over from this one; it has read the files anew');
      return this.#refuse(diagnostics);
    }
    const config = loadConfig(file, diagnostics);
    const loadedTls = tls.read(config?.tls, diagnostics);
    if (config !== undefined) await this.#transfers.prepare(config);
    const snapshot = config && (await loader.load(config, diagnostics));
    if (snapshot === undefined) return this.#refuse(diagnostics);
    const before = this.#snapshot;
    await this.#prepare(snapshot);
    const pairBefore = tls.pair;
    tls.use(snapshot.config.tls, loadedTls);
    await this.#use(snapshot);
    this.#refusedReload = undefined;
    this.#reloads = { ...this.#reloads, done: this.#reloads.done + 1, lastDone: true };
    const renewed =
      loadedTls === undefined || tls.pair === pairBefore
        ? []
        : [`certificate: of ${loadedTls.names.join(', ')}`];
    const changes = [
      ...describeChanges(before, snapshot),
      ...renewed,
      ...needsRestart(before.config, snapshot.config),
    ];
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
    this.#reloads = { ...this.#reloads, refused: this.#reloads.refused + 1, lastDone: false };
    this.#refusedReload = { at: new Date().toISOString(), errors: errors.length };
    for (const { message, file, line, column } of errors) {
      this.#parts.log.error({ file, line, column }, `reload refused: ${message}`);
    }
    return { reloaded: false, errors };
  }

  /** Lets probes and the resolver know of a snapshot before it is served, and waits for their first results. */
  async #prepare(snapshot: Snapshot): Promise<void> {
    const { services, aliasTargets } = snapshot;
    const specs = services.map(({ spec }) => spec);
    this.#overrides.update(specs);
    this.#sharing.configure(sharedOf(snapshot));
    this.#monitor.update(specs);
    this.#resolver.update(aliasTargets);
    const [unprobed] = await Promise.all([
      this.#monitor.firstRound(FIRST_ROUND_MS),
      this.#resolver.firstRound(FIRST_ROUND_MS),
    ]);
    if (unprobed > 0)
      this.#parts.log.warn({ probes: unprobed }, 'some probes had no result yet: their members count as up');
  }

  async #use(loaded: Snapshot): Promise<void> {
    this.#loaded = loaded;
    this.#weigh();
    const { config, catalog, services } = this.#snapshot;
    await this.#transfers.update(config, catalog, services, this.states.words.length);
    this.#dns?.setTransport(this.transport);
    await this.#publish();
    this.#transfers.notify();
  }

  /** Serves what is loaded, with the weights that operators said. */
  #weigh(): void {
    this.#weights = this.#overrides.weights();
    this.#snapshot = withWeights(this.#loaded, this.#weights);
    this.#circumstances = this.#circumstancesOf(this.#snapshot);
    this.#redirectSource = redirectsOf(this.#snapshot, this.#circumstances, true);
  }

  async #publish(): Promise<void> {
    const { catalog, services, config } = this.#snapshot;
    await this.#dns?.publish(catalog, services, protectionOf(config));
  }

  /** Serves the weights that hold now, unless they are served. @returns when every thread answers by them */
  #reweigh(): Promise<void> {
    const next = this.#reloading.then(async () => {
      if (this.#weights === this.#overrides.weights()) return;
      this.#weigh();
      await this.#publish();
    });
    this.#reloading = next.catch((error: unknown) =>
      this.#parts.log.error({ err: error }, 'the weights that operators said are not served'),
    );
    return next;
  }

  #expired(words: readonly StoredOverride[]): void {
    for (const { pattern, override } of words) {
      this.#parts.log.info(
        { pattern, override },
        `the time of an operator's word is over: ${override} ${pattern}`,
      );
    }
    void this.#reweigh().catch(() => {});
  }

  #circumstancesOf({ catalog }: Snapshot): Circumstances {
    return { states: this.#parts.states, turns: new Int32Array(catalog.turnWords), random: this.#random };
  }

  /** Tells the log of an operator's word. @returns when answers go by it */
  async #said(what: string, result: OverrideResult): Promise<OverrideResult> {
    this.#parts.log.info(result, `operator: ${what}`);
    await this.#reweigh();
    return result;
  }
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

function identityOf({ identity: { version = '', id = '' } }: Config): Identity {
  return { version: Buffer.from(version), id: Buffer.from(id) };
}
