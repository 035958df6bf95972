import type { InstanceStatus, MemberStatus } from '../../src/admin/controls.js';
import { answerData, dig } from '../support/dig.js';
import {
  type Files,
  makeFolder,
  removeFolder,
  type Steerdns,
  startSteerdns,
  writeFiles,
} from '../support/steerdns.js';
import { until } from '../support/until.js';
import { ProbedMember } from './probed-member.js';

export interface InstanceOptions {
  readonly name: string;
  /** What `redis:` of the configuration says. */
  readonly redis: string;
  /** More keys of `cluster:`: `quorum: any, probes: 1`. */
  readonly cluster?: string;
  /** Files that are other than those of the fleet. */
  readonly files?: Files;
}

/** Real instances of one cluster, and the members that they probe. */
export class Fleet {
  readonly first = new ProbedMember(() => this.#pids());
  readonly second = new ProbedMember(() => this.#pids());
  readonly #instances: FleetInstance[] = [];

  async start(): Promise<void> {
    await Promise.all([this.first.start(), this.second.start()]);
  }

  async add(options: InstanceOptions): Promise<FleetInstance> {
    const folder = await makeFolder({ ...this.#files(options), ...options.files });
    try {
      const instance = new FleetInstance(options.name, await startSteerdns(folder));
      this.#instances.push(instance);
      return instance;
    } catch (error) {
      await removeFolder(folder);
      throw error;
    }
  }

  /** Starts an instance again, in the folder that it had. */
  async again(instance: FleetInstance): Promise<FleetInstance> {
    const started = new FleetInstance(instance.name, await startSteerdns(instance.steerdns.folder));
    this.#instances.push(started);
    return started;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#instances.map(({ steerdns }) => steerdns.stop('SIGKILL')));
    await Promise.all(this.#instances.map(({ steerdns }) => removeFolder(steerdns.folder)));
    await Promise.all([this.first.stop(), this.second.stop()]);
  }

  #pids(): number[] {
    return this.#instances.map(({ steerdns }) => steerdns.pid);
  }

  #files({ name, redis, cluster = '' }: InstanceOptions): Files {
    return {
      'steerdns.yaml': `
listen: {dns: ['127.0.0.1:0'], http: [], admin: '127.0.0.1:0'}
zones: zones
workers: 1
cluster:
  name: test
  instance: ${name}
  redis: ${redis}
  ${cluster.split(', ').join('\n  ')}
`,
      'zones/example.com.yaml': `
'': {type: NS, value: ns.example.net.}
www: {type: GSLB, service: web}
`,
      'services/web.yaml': serviceText(this.first.port, this.second.port),
    };
  }
}

/** @param weight of the first member */
export function serviceText(first: number, second: number, weight = 1): string {
  return `
check: {type: http, path: /, interval: 1s, timeout: 900ms, rise: 1, fall: 2}
members:
  first: {addresses: [192.0.2.1], weight: ${weight}, check: {target: 127.0.0.1, port: ${first}}}
  second: {addresses: [192.0.2.2], check: {target: 127.0.0.1, port: ${second}}}
pools:
  pair: {members: [first, second], scheduler: fo}
answers: {ttl: 1, when_all_down: none}
`;
}

type Wanted = (status: InstanceStatus) => boolean;

/** One of them. */
export class FleetInstance {
  constructor(
    readonly name: string,
    readonly steerdns: Steerdns,
  ) {}

  get pid(): number {
    return this.steerdns.pid;
  }

  /** What it answers: the first member while that is up. */
  async ask(): Promise<string[]> {
    return answerData(await dig(this.steerdns.dns, 'www.example.com'));
  }

  async answers(...wanted: string[]): Promise<void> {
    await until(
      () => this.#patiently(() => this.ask()),
      (seen) => seen.join() === wanted.join(),
      LIMIT_MS,
    );
  }

  async status(): Promise<InstanceStatus> {
    return (await this.#call('GET', '/v1/status')) as InstanceStatus;
  }

  async cluster(): Promise<NonNullable<InstanceStatus['cluster']>> {
    const { cluster } = await this.status();
    if (cluster === undefined) throw new Error('no cluster in the status');
    return cluster;
  }

  /** Waits until its status is as wanted. */
  async shows(wanted: Wanted): Promise<InstanceStatus> {
    return until(() => this.#patiently(() => this.status()), wanted, LIMIT_MS);
  }

  /** Waits until it sees just these instances. */
  async sees(...names: string[]): Promise<void> {
    await this.shows(
      ({ cluster }) =>
        cluster?.state === 'connected' && cluster.instances.map(({ name }) => name).join() === names.join(),
    );
  }

  /** Waits until a member's votes are these: `{a: 'up'}`. */
  async counts(member: string, votes: Readonly<Record<string, string>>): Promise<MemberStatus> {
    const wanted = JSON.stringify(Object.entries(votes).sort());
    const status = await this.shows(
      ({ members }) =>
        JSON.stringify(Object.entries(memberOf(members, member).votes ?? {}).sort()) === wanted,
    );
    return memberOf(status.members, member);
  }

  /** Waits until its overrides are these: `web/first drain`. */
  async overrides(...wanted: string[]): Promise<void> {
    await this.shows(
      ({ overrides }) =>
        overrides.map(({ pattern, override }) => `${pattern} ${override}`).join() === wanted.join(),
    );
  }

  /** @param word of the API: `{weight: 5}` */
  async say(pattern: string, word: 'drain' | 'up' | 'down' | object): Promise<void> {
    const body = typeof word === 'string' ? { override: word } : word;
    await this.#call('PUT', `/v1/overrides/${encodeURIComponent(pattern)}`, body);
  }

  async takeBack(pattern: string): Promise<void> {
    await this.#call('DELETE', `/v1/overrides/${encodeURIComponent(pattern)}`);
  }

  async rewrite(files: Files): Promise<void> {
    await writeFiles(this.steerdns.folder, files);
    await this.#call('POST', '/v1/reload', {});
  }

  /** Asks slowly: instances and members have the same processors as who asks, and are to have most of them. */
  async #patiently<T>(ask: () => Promise<T>): Promise<T> {
    const answer = await ask();
    await new Promise((resolve) => setTimeout(resolve, 100));
    return answer;
  }

  async #call(method: string, path: string, body?: object): Promise<unknown> {
    const { address, port } = this.steerdns.admin;
    const response = await fetch(`http://${address}:${port}${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(JSON.stringify(answer));
    return answer;
  }
}

/** Far above what anything here takes, on a busy machine too. */
const LIMIT_MS = 40_000;

export function memberOf(members: readonly MemberStatus[], key: string): MemberStatus {
  const found = members.find(({ member }) => member === key);
  if (found === undefined) throw new Error(`no member ${key}`);
  return found;
}
