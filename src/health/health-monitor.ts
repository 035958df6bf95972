import { type Clock, systemClock } from '../background/clock.js';
import { Limiter } from '../background/limiter.js';
import { Outstanding } from '../background/outstanding.js';
import { Health, type MemberStates } from '../state/member-states.js';
import type { ServiceSpec } from '../steer/spec.js';
import { type CheckReport, HEALTH_NAMES, type HealthName, type MemberHealthReport } from './health-report.js';
import {
  describeVotes,
  healthOf,
  type Member,
  NO_CHECKS,
  reasonOf,
  steadyMsOf,
  tellingOf,
  unprobedReason,
} from './member-health.js';
import type { ProbeResult } from './probe-result.js';
import type { ProbeSharing } from './probe-sharing.js';
import { type ProbeSpec, probesOf } from './probe-spec.js';
import { ProbeTask, type ProbeTools } from './probe-task.js';
import type { HealthLog, StateFile } from './state-file.js';

/** A member's health became another. */
export interface HealthChange {
  /** `service/member`. */
  readonly member: string;
  readonly from: HealthName;
  readonly to: HealthName;
  /** What the deciding probe found: `http 192.0.2.1:80 GET /healthz: connection refused (ECONNREFUSED)`. */
  readonly reason: string;
}

export interface HealthMonitorOptions {
  readonly states: MemberStates;
  /** Called after the new health is in `states`. */
  readonly onChange: (change: HealthChange) => void;
  /** Called after each probe. @param members whose health it is part of, `service/member` */
  readonly onProbe?: (members: readonly string[], outcome: ProbeResult['outcome'], tookMs: number) => void;
  readonly log: HealthLog;
  /** Without it every probe is made here, and its results alone decide. */
  readonly sharing?: ProbeSharing;
  /** Without it nothing is remembered over a restart. */
  readonly file?: StateFile;
  readonly clock?: Clock;
  /** Uniform in 0 to 1. */
  readonly random?: () => number;
  readonly maxInFlight?: number;
}

/** Probes every member and writes its health to the shared states. */
export class HealthMonitor {
  readonly #options: HealthMonitorOptions;
  readonly #clock: Clock;
  readonly #tools: ProbeTools;
  /** By the probe's key. */
  #tasks = new Map<string, ProbeTask>();
  /** By `service/member`. */
  #members = new Map<string, Member>();
  #membersOf = new Map<ProbeTask, Member[]>();
  /** Tasks without a result. */
  readonly #pending = new Outstanding<ProbeTask>();
  #complainedUnmade = false;

  constructor(options: HealthMonitorOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#tools = {
      clock: this.#clock,
      random: options.random ?? Math.random,
      limiter: new Limiter(options.maxInFlight ?? MAX_IN_FLIGHT),
      onResult: (task) => this.#take(task),
    };
  }

  /**
   * Probes these services from now on. Members and probes that were there go on as they were; a member whose checks are new
   * keeps its health until they have spoken; the health of members that are gone stays in the states, for answers that still
   * use the old snapshot.
   */
  update(services: readonly ServiceSpec[]): void {
    const tasks = new Map<string, ProbeTask>();
    const members = new Map<string, Member>();
    const fresh: ProbeTask[] = [];
    const taskOf = (spec: ProbeSpec): ProbeTask => {
      let task = tasks.get(spec.key) ?? this.#tasks.get(spec.key);
      if (task === undefined) {
        task = new ProbeTask(
          spec,
          healthByName(this.#options.file?.probes.get(spec.key)?.health),
          this.#tools,
        );
        fresh.push(task);
        this.#pending.add(task);
      }
      tasks.set(spec.key, task);
      return task;
    };
    for (const service of services) {
      for (const spec of service.members) {
        const key = `${service.name}/${spec.name}`;
        const memberTasks = [...new Set(probesOf(spec).map(taskOf))];
        const known = this.#members.get(key);
        if (known !== undefined) known.tasks = memberTasks;
        members.set(key, known ?? this.#newMember(key, memberTasks));
      }
    }
    const gone = [...this.#tasks.values()].filter((task) => !tasks.has(task.spec.key));
    this.#tasks = tasks;
    this.#members = members;
    this.#membersOf = indexByTask(members.values());
    for (const task of gone) {
      this.#pending.remove(task);
      void task.stop();
      this.#options.sharing?.vote(task.spec.digest, undefined);
    }
    for (const task of fresh) this.#decide(task);
    for (const member of members.values()) this.#settle(member);
    for (const task of fresh) this.#runIfOurs(task);
    this.#options.file?.keep(tasks.keys(), members.keys());
    this.#options.file?.touch();
  }

  /** Which probes are made here, or what others say of them, may be another: brings everything up to date. */
  refresh(): void {
    const changed = new Map<Member, ProbeTask>();
    for (const task of this.#tasks.values()) {
      this.#runIfOurs(task);
      const { health, resultsToChange } = task;
      this.#decide(task);
      if (task.health !== health) this.#remember(task);
      if (task.health === health && task.resultsToChange === resultsToChange) continue;
      for (const member of this.#membersOf.get(task) ?? []) changed.set(member, task);
    }
    for (const [member, task] of changed) this.#settle(member, task);
  }

  /**
   * Waits until every probe had a result, at the longest `limitMs`.
   * @returns how many had none; their members count as up unless remembered otherwise
   */
  firstRound(limitMs: number): Promise<number> {
    return this.#pending.settled(this.#clock, limitMs);
  }

  /** Every member in the order of the services. */
  report(): MemberHealthReport[] {
    return [...this.#members.values()].map((member) => ({
      member: member.key,
      health: HEALTH_NAMES[member.health],
      since: member.since,
      reason: member.tasks.some((task) => task.isRunning) ? member.reason : unprobedReason(member),
      ...(member.tasks.length > 0 && { nextChangeMs: steadyMsOf(member) }),
      checks: member.tasks.map(reportOf),
      votes: this.#votesOf(member),
    }));
  }

  #votesFor({ spec }: ProbeTask): string {
    const { sharing } = this.#options;
    return sharing === undefined ? '' : describeVotes(sharing.votesOf(spec.digest));
  }

  /** Down where one of its probes is. */
  #votesOf({ tasks }: Member): ReadonlyMap<string, 'up' | 'down'> {
    const votes = new Map<string, 'up' | 'down'>();
    for (const { spec } of tasks) {
      for (const [instance, vote] of this.#options.sharing?.votesOf(spec.digest) ?? [])
        if (vote === 'down' || !votes.has(instance)) votes.set(instance, vote);
    }
    return votes;
  }

  /** Ends every probe. The states stay as they are. */
  async stop(): Promise<void> {
    const tasks = [...this.#tasks.values()];
    this.#tasks = new Map();
    this.#membersOf = new Map();
    this.#pending.clear();
    await Promise.all(tasks.map((task) => task.stop()));
  }

  /** Quiet: what a new member starts with is no change. */
  #newMember(key: string, tasks: ProbeTask[]): Member {
    const slot = this.#options.states.slotOf(key);
    const remembered = this.#options.file?.members.get(key);
    const member: Member = {
      key,
      slot,
      tasks,
      health: healthByName(remembered?.health),
      since: this.#clock.now(),
      reason: '',
    };
    member.health = healthOf(member);
    if (remembered?.health === HEALTH_NAMES[member.health]) member.since = remembered.since;
    if (tasks.length === 0) member.reason = NO_CHECKS;
    else member.reason = member.health === Health.UNKNOWN ? 'not probed yet' : 'as before the restart';
    return member;
  }

  #take(task: ProbeTask): void {
    if (task.unmade && !this.#complainedUnmade) {
      this.#complainedUnmade = true;
      this.#options.log.warn(
        { probe: task.spec.label },
        `${task.last?.text}: such probes are left out of their members' health`,
      );
    }
    this.#options.sharing?.vote(task.spec.digest, task.vote);
    this.#decide(task);
    this.#remember(task);
    const members = this.#membersOf.get(task) ?? [];
    const { onProbe } = this.#options;
    if (task.last !== undefined && onProbe !== undefined) {
      const keys = members.map(({ key }) => key);
      onProbe(keys, task.last.outcome, task.last.tookMs);
    }
    for (const member of members) this.#settle(member, task);
    this.#pending.remove(task);
  }

  /** Brings what holds of a probe up to date: what all say together or, without others, what its results say. */
  #decide(task: ProbeTask): void {
    const { sharing } = this.#options;
    if (sharing === undefined) {
      task.health = task.thresholds.health;
      task.resultsToChange = task.thresholds.resultsToChange();
      return;
    }
    const verdict = sharing.decide(task.spec.digest);
    if (verdict === undefined) return;
    task.health = healthByName(verdict.health);
    task.resultsToChange = verdict.resultsToChange;
    this.#pending.remove(task);
  }

  #runIfOurs(task: ProbeTask): void {
    const { sharing } = this.#options;
    const isOurs = sharing?.isOurs(task.spec.digest) ?? true;
    if (isOurs === task.isRunning) return;
    if (isOurs) {
      task.start();
      return;
    }
    void task.stop();
    sharing?.vote(task.spec.digest, undefined);
  }

  #remember(task: ProbeTask): void {
    const health = HEALTH_NAMES[task.health];
    const { file } = this.#options;
    if (health === 'unknown' || file === undefined || file.probes.get(task.spec.key)?.health === health)
      return;
    file.probes.set(task.spec.key, { health, since: this.#clock.now() });
    file.touch();
  }

  /** Brings a member's health up to date, in the states first. */
  #settle(member: Member, because?: ProbeTask): void {
    const from = member.health;
    member.health = healthOf(member);
    this.#options.states.setHealth(member.slot, member.health, steadyMsOf(member));
    if (because !== undefined) member.reason = reasonOf(member, because);
    else if (member.tasks.length === 0) member.reason = NO_CHECKS;
    if (member.health === from) return;
    member.since = this.#clock.now();
    const to = HEALTH_NAMES[member.health];
    if (to !== 'unknown') {
      this.#options.file?.members.set(member.key, { health: to, since: member.since });
      this.#options.file?.touch();
    }
    const reason = `${member.reason}${because === undefined ? '' : this.#votesFor(tellingOf(member, because))}`;
    this.#options.onChange({ member: member.key, from: HEALTH_NAMES[from], to, reason });
  }
}

/** Probes on their way at once: a quarter of the 1024 descriptors that a process often has at the most. */
const MAX_IN_FLIGHT = 256;

function healthByName(name: 'up' | 'down' | undefined): Health {
  if (name === undefined) return Health.UNKNOWN;
  return name === 'up' ? Health.UP : Health.DOWN;
}

function indexByTask(members: Iterable<Member>): Map<ProbeTask, Member[]> {
  const index = new Map<ProbeTask, Member[]>();
  for (const member of members) {
    for (const task of member.tasks) {
      const list = index.get(task);
      if (list === undefined) index.set(task, [member]);
      else list.push(member);
    }
  }
  return index;
}

function reportOf(task: ProbeTask): CheckReport {
  const { thresholds, health, spec, last } = task;
  return {
    check: spec.label,
    health: HEALTH_NAMES[health],
    failures: thresholds.failures,
    successes: thresholds.successes,
    rise: spec.check.rise,
    fall: spec.check.fall,
    ...(last !== undefined && { lastAt: last.at, lastTookMs: last.tookMs, lastResult: last.text }),
  };
}
