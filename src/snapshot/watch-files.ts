import { stat } from 'node:fs/promises';

export interface FileWatch {
  /** Once the files were looked at for the first time: changes after this are seen. */
  readonly ready: Promise<void>;
  close(): void;
}

/**
 * Calls back when files changed, by asking for their size, time and inode: that also sees files that are replaced by a
 * rename, that live on network file systems, or that are not there yet.
 *
 * A file that is still being written changes from one look to the next; it is reported once it has stayed the same for one.
 * @param onChange given the paths that changed
 * @param intervalMs between two looks
 */
export function watchFiles(
  paths: readonly string[],
  onChange: (paths: readonly string[]) => void,
  intervalMs = DEFAULT_INTERVAL_MS,
): FileWatch {
  const files: WatchedFile[] = paths.map((path) => ({ path, reported: undefined, last: undefined }));
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  const look = async (): Promise<void> => {
    const changed: string[] = [];
    for (const file of files) {
      const now = await signature(file.path);
      file.reported ??= now;
      if (now === file.last && now !== file.reported) {
        file.reported = now;
        changed.push(file.path);
      }
      file.last = now;
    }
    if (closed) return;
    timer = setTimeout(look, intervalMs).unref();
    if (changed.length > 0) onChange(changed);
  };
  return {
    ready: look(),
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}

interface WatchedFile {
  readonly path: string;
  /** As it was when it was last reported, or first seen. */
  reported: string | undefined;
  /** As it was at the last look. */
  last: string | undefined;
}

/** Geo databases change weekly; a stat of a few files is nothing. */
const DEFAULT_INTERVAL_MS = 5000;

/** Differs when the file does; for a file that can't be asked about, why. */
async function signature(path: string): Promise<string> {
  try {
    const { size, mtimeNs, ino } = await stat(path, { bigint: true });
    return `${size} ${mtimeNs} ${ino}`;
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}
