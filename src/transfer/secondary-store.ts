import { stat, utimes } from 'node:fs/promises';
import { sameName } from '../wire/name.js';
import { type RrList, rrAt } from './rr-list.js';
import { VersionStore } from './version-store.js';

/** Zones that came from elsewhere, a file each. When a primary last confirmed one is its file's time. */
export class SecondaryStore {
  readonly #files: VersionStore;
  /** True: the files are another process's, and are not written. */
  held = false;

  constructor(folder: string) {
    this.#files = new VersionStore(folder);
  }

  /** @returns undefined when there is none, or none that can be understood */
  async read(name: string, apex: Uint8Array): Promise<{ list: RrList; confirmedAt: number } | undefined> {
    const version = await this.#files.read(name);
    if (version === undefined) return undefined;
    const { list } = version;
    if (!sameName(list.subarray(0, rrAt(list, 0).ownerEnd), apex)) return undefined;
    const found = await stat(this.#files.pathOf(name)).catch(() => undefined);
    return { list, confirmedAt: found?.mtimeMs ?? 0 };
  }

  /** @throws the system's error; what was kept before is kept still */
  async write(name: string, list: RrList, confirmedAt: number): Promise<void> {
    if (this.held) return;
    await this.#files.write(name, { list, changes: [], exact: true });
    await this.confirm(name, confirmedAt);
  }

  /** @throws the system's error */
  async confirm(name: string, confirmedAt: number): Promise<void> {
    if (this.held) return;
    await utimes(this.#files.pathOf(name), confirmedAt / 1000, confirmedAt / 1000);
  }

  /** Removes the files of all other zones. */
  prune(names: Iterable<string>): Promise<void> {
    return this.#files.prune(names);
  }
}
