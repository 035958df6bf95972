import { mkdir, open, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A request to change something. Never has a token, nor any header. */
interface AuditEntry {
  /** RFC 3339, UTC. */
  readonly at: string;
  /** The token's name; null where no token is needed. */
  readonly who: string | null;
  /** The client's address. */
  readonly from: string;
  /** The operation's id: `setOverride`. */
  readonly what: string;
  readonly method: string;
  /** With its query. */
  readonly target: string;
  readonly outcome: 'done' | 'refused' | 'failed';
  readonly status: number;
  /** Of the problem, when it was refused. */
  readonly code?: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** The file that is full becomes FILE.1, in place of the one before: twice this is all that the log takes. */
const MAX_AUDIT_OCTETS = 16 * 1024 * 1024;

/** What a change was is left out of an entry that would be longer. */
const MAX_ENTRY_OCTETS = 64 * 1024;

/** A file of JSON lines, an entry each. */
export class AuditLog {
  readonly #path: string;
  readonly #maxOctets: number;
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string, maxOctets = MAX_AUDIT_OCTETS) {
    this.#path = path;
    this.#maxOctets = maxOctets;
  }

  /**
   * @returns when it is on the disk
   * @throws the system's error; the entry is lost then
   */
  add(entry: AuditEntry): Promise<void> {
    const written = this.#writing.then(() => this.#write(formatEntry(entry)));
    this.#writing = written.catch(() => {});
    return written;
  }

  async #write(line: string): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true });
    const { size } = await stat(this.#path).catch(() => ({ size: 0 }));
    if (size > 0 && size + Buffer.byteLength(line) > this.#maxOctets) {
      await rename(this.#path, `${this.#path}.1`);
    }
    const file = await open(this.#path, 'a', 0o600);
    try {
      await file.writeFile(line);
      await file.sync();
    } finally {
      await file.close();
    }
  }
}

function formatEntry(entry: AuditEntry): string {
  const line = JSON.stringify(entry);
  if (Buffer.byteLength(line) <= MAX_ENTRY_OCTETS) return `${line}\n`;
  const { before: _before, after: _after, ...rest } = entry;
  return `${JSON.stringify({ ...rest, cut: true })}\n`;
}
