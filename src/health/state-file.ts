import { mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Clock, systemClock } from '../background/clock.js';
import { replaceFile } from '../background/replace-file.js';
import { versionAt } from './override-version.js';

/** The part of the application's log that this folder uses. */
export interface HealthLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** What outlives a restart of a probe's or a member's health. */
export interface Remembered {
  readonly health: 'up' | 'down';
  /** When it became so, in ms since 1970. */
  readonly since: number;
}

/** What an operator said of the members that a pattern matches. */
export interface StoredOverride {
  /** `service/member`, with `*` and `?`. */
  readonly pattern: string;
  /** `none` takes back what earlier ones say of states; `weight` is of {@link weight} alone. */
  readonly override: 'none' | 'drain' | 'up' | 'down' | 'weight';
  /** 0 to 65535. Without it `weight` takes back what earlier ones say of weights. */
  readonly weight?: number;
  /** Ms since 1970. */
  readonly since: number;
  /** When it ends, in ms since 1970; without it it holds until it is taken back. */
  readonly until?: number;
  /** Why, in the operator's words. */
  readonly reason?: string;
  /** Of two that match a member the one with the higher version holds; see override-version.ts. */
  readonly version: string;
}

/**
 * `members.json` in the state folder: what probes found and what operators said, kept over restarts. Its maps and list are
 * read and changed in place; {@link touch} or {@link save} after a change.
 */
export class StateFile {
  readonly path: string;
  /** By the probe's key. */
  readonly probes: Map<string, Remembered>;
  /** By `service/member`. */
  readonly members: Map<string, Remembered>;
  /** Those that took something back included, in the order of their versions. */
  overrides: readonly StoredOverride[];
  /** True: the file is another process's, and is not written. */
  held = false;
  readonly #seen: Map<string, number>;
  readonly #log: HealthLog;
  readonly #clock: Clock;
  #current: readonly string[] = [];
  #cancelTimer: (() => void) | undefined;
  #writing: Promise<void> = Promise.resolve();
  #complained = false;

  private constructor(path: string, content: Content, log: HealthLog, clock: Clock) {
    this.path = path;
    this.#log = log;
    this.#clock = clock;
    const entries = (map: Record<string, Entry>): [string, Remembered][] =>
      Object.entries(map)
        .filter(([, { seen }]) => seen >= content.savedAt - FORGET_AFTER_MS)
        .map(([key, { health, since }]) => [key, { health, since }]);
    this.probes = new Map(entries(content.probes));
    this.members = new Map(entries(content.members));
    this.overrides = content.overrides.map((said, i) => ({
      ...said,
      // Files of before there were versions have the order alone.
      version: said.version ?? versionAt(said.since, i, ''),
    }));
    this.#seen = new Map(
      [...Object.entries(content.probes), ...Object.entries(content.members)].map(([key, { seen }]) => [
        key,
        seen,
      ]),
    );
  }

  /**
   * Reads the file, or starts an empty one. A file that can't be understood is moved aside, with a warning: health is found
   * anew soon, and a server that does not start is worse than a lost override.
   * @param folder made when it is not there
   * @throws Error when the folder can't be used
   */
  static async open(folder: string, log: HealthLog, clock: Clock = systemClock): Promise<StateFile> {
    const path = join(folder, 'members.json');
    try {
      await mkdir(folder, { recursive: true });
      const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      });
      if (text === undefined) return new StateFile(path, EMPTY, log, clock);
      const content = parseContent(text);
      if (typeof content !== 'string') return new StateFile(path, content, log, clock);
      const aside = `${path}.broken-${clock.now()}`;
      await rename(path, aside);
      log.warn(
        { file: path, movedTo: aside },
        `the remembered states can't be read and were moved aside: ${content}`,
      );
      return new StateFile(path, EMPTY, log, clock);
    } catch (error) {
      throw new Error(`can't keep states in folder ${folder}: ${(error as Error).message}`, { cause: error });
    }
  }

  /** Says which probes and members there are now; the others are forgotten after {@link FORGET_AFTER_MS}. */
  keep(probes: Iterable<string>, members: Iterable<string>): void {
    this.#current = [...probes, ...members];
    for (const key of this.#current) this.#seen.set(key, this.#clock.now());
  }

  /** Saves soon: changes that come together are written together. A failure is logged, once until it is over. */
  touch(): void {
    this.#cancelTimer ??= this.#clock.after(GATHER_MS, () => {
      this.#cancelTimer = undefined;
      void this.#saveOrComplain();
    });
  }

  /**
   * Saves now.
   * @throws Error when it can't be written
   */
  async save(): Promise<void> {
    if (this.held) throw new Error('another process is taking over from this one');
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const written = this.#writing.then(() => replaceFile(this.path, this.#format()));
    this.#writing = written.catch(() => {});
    await written;
  }

  /** Saves for the last time. */
  async close(): Promise<void> {
    await this.#saveOrComplain();
  }

  async #saveOrComplain(): Promise<void> {
    if (this.held) return;
    try {
      await this.save();
      if (this.#complained) this.#log.info({ file: this.path }, 'states are saved again');
      this.#complained = false;
    } catch (error) {
      if (!this.#complained) {
        this.#log.warn({ file: this.path }, `can't save states: ${(error as Error).message}`);
      }
      this.#complained = true;
    }
  }

  #format(): string {
    const now = this.#clock.now();
    for (const key of this.#current) this.#seen.set(key, now);
    const entries = (map: Map<string, Remembered>): Record<string, Entry> =>
      Object.fromEntries(
        [...map].map(([key, value]) => [key, { ...value, seen: this.#seen.get(key) ?? now }]),
      );
    const content: Content = {
      version: 1,
      savedAt: now,
      overrides: [...this.overrides],
      members: entries(this.members),
      probes: entries(this.probes),
    };
    return `${JSON.stringify(content, null, 1)}\n`;
  }
}

/** Changes of health come in bursts, when a site goes. */
const GATHER_MS = 1000;

/** A member that is out of the configuration for a week is a new one when it comes back. */
const FORGET_AFTER_MS = 7 * 24 * 3600 * 1000;

const entry = z.object({ health: z.enum(['up', 'down']), since: z.number(), seen: z.number() });
const content = z.object({
  version: z.literal(1),
  savedAt: z.number(),
  overrides: z.array(
    z.object({
      pattern: z.string(),
      override: z.enum(['none', 'drain', 'up', 'down', 'weight']),
      weight: z.int().min(0).max(65535).exactOptional(),
      since: z.number(),
      until: z.number().exactOptional(),
      reason: z.string().exactOptional(),
      version: z.string().optional(),
    }),
  ),
  members: z.record(z.string(), entry),
  probes: z.record(z.string(), entry),
});
type Entry = z.infer<typeof entry>;
type Content = z.infer<typeof content>;

const EMPTY: Content = { version: 1, savedAt: 0, overrides: [], members: {}, probes: {} };

/** The file's content, or what is wrong with it. */
function parseContent(text: string): Content | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return (error as Error).message;
  }
  const result = content.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  return `${issue?.path.join('.') || 'the whole'}: ${issue?.message}`;
}
