import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { type Clock, systemClock } from '../background/clock.js';
import { replaceFile } from '../background/replace-file.js';
import { matchesPattern } from './member-pattern.js';
import type { HealthLog } from './state-file.js';

/** Something of a member became another thing. */
export interface Transition {
  /** Ms since 1970. */
  readonly at: number;
  /** `service/member`. */
  readonly member: string;
  /** What its checks find; what an operator said of its state; its weight. */
  readonly what: 'health' | 'override' | 'weight';
  readonly from: string;
  readonly to: string;
  /** What a probe found, or an operator's words; may be empty. */
  readonly reason: string;
}

/** What {@link StateHistory.list} is asked for. */
interface HistoryAsk {
  /** `service/member`, with `*` and `?`; all members without it. */
  readonly pattern?: string;
  /** Only what was before, in ms since 1970. */
  readonly before?: number;
  readonly limit: number;
}

/** Transitions of a member that are kept, the last ones. */
const PER_MEMBER = 64;

/** The file is written anew when it has so many lines more than are kept. */
const MAX_SPARE_LINES = 4096;

/** Transitions come in bursts, when a site goes. */
const GATHER_MS = 1000;

/** The last transitions of every member; `history.jsonl` in the state folder keeps them over a restart, a line each. */
export class StateHistory {
  readonly path: string;
  readonly #log: HealthLog;
  readonly #clock: Clock;
  /** Oldest first, by member. */
  readonly #kept = new Map<string, Transition[]>();
  #unwritten: Transition[] = [];
  #lines = 0;
  /** The file's last line was cut short. */
  #cut = false;
  #cancelTimer: (() => void) | undefined;
  #writing: Promise<void> = Promise.resolve();
  #complained = false;

  private constructor(path: string, log: HealthLog, clock: Clock) {
    this.path = path;
    this.#log = log;
    this.#clock = clock;
  }

  /** Reads what was kept. Lines that can't be read are left out: one that was cut short by a crash, say. */
  static async open(folder: string, log: HealthLog, clock: Clock = systemClock): Promise<StateHistory> {
    const history = new StateHistory(join(folder, 'history.jsonl'), log, clock);
    const text = await readFile(history.path, 'utf8').catch(() => '');
    const lines = text.split('\n');
    for (const line of lines) {
      const transition = readLine(line);
      if (transition !== undefined) history.#keep(transition);
    }
    history.#lines = lines.length;
    history.#cut = text !== '' && !text.endsWith('\n');
    return history;
  }

  add(transition: Omit<Transition, 'at'>): void {
    const added = { at: this.#clock.now(), ...transition };
    this.#keep(added);
    this.#unwritten.push(added);
    this.#cancelTimer ??= this.#clock.after(GATHER_MS, () => void this.#flush());
  }

  /** The latest first. */
  list({ pattern, before = Infinity, limit }: HistoryAsk): Transition[] {
    const found: Transition[] = [];
    for (const [member, transitions] of this.#kept) {
      if (pattern !== undefined && !matchesPattern(pattern, member)) continue;
      found.push(...transitions.filter(({ at }) => at < before));
    }
    // Of the same moment the later one first too: sorting is stable.
    return found
      .reverse()
      .sort((a, b) => b.at - a.at)
      .slice(0, limit);
  }

  /** Writes what is not written yet, for the last time. */
  async close(): Promise<void> {
    await this.#flush();
  }

  #keep(transition: Transition): void {
    const list = this.#kept.get(transition.member) ?? [];
    list.push(transition);
    if (list.length > PER_MEMBER) list.shift();
    this.#kept.set(transition.member, list);
  }

  #flush(): Promise<void> {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<void> {
    const added = this.#unwritten.splice(0);
    if (added.length === 0) return;
    try {
      await mkdir(dirname(this.path), { recursive: true });
      const all = [...this.#kept.values()].flat();
      this.#lines += added.length;
      if (this.#lines > all.length + MAX_SPARE_LINES) {
        await replaceFile(this.path, formatLines(all.sort((a, b) => a.at - b.at)));
        this.#lines = all.length;
      } else await appendFile(this.path, `${this.#cut ? '\n' : ''}${formatLines(added)}`);
      this.#cut = false;
      this.#complained = false;
    } catch (error) {
      if (!this.#complained)
        this.#log.warn({ file: this.path }, `can't keep the history of states: ${(error as Error).message}`);
      this.#complained = true;
    }
  }
}

const line = z.object({
  at: z.number(),
  member: z.string(),
  what: z.enum(['health', 'override', 'weight']),
  from: z.string(),
  to: z.string(),
  reason: z.string(),
});

function readLine(text: string): Transition | undefined {
  if (text === '') return undefined;
  try {
    return line.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function formatLines(transitions: readonly Transition[]): string {
  return transitions.map((transition) => `${JSON.stringify(transition)}\n`).join('');
}
