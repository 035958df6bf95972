import { type FSWatcher, readdirSync, watch } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type FileWatch, watchFiles } from './watch-files.js';

/** What a configuration is loaded from. Paths are absolute. */
export interface Sources {
  readonly files: readonly string[];
  /** With all that is in them. */
  readonly folders: readonly string[];
}

export interface SourceWatch {
  /** Once everything is watched. */
  readonly ready: Promise<void>;
  close(): void;
}

/**
 * Calls back when the files of a configuration have changed and then been left alone for a while, so that files that are written
 * together are read together, and none that is half written.
 *
 * The kernel tells of changes inside a folder; where it can't, and for folders that are replaced by others (a symbolic link that is
 * set anew), paths are looked at every few seconds.
 * @param onChange given what was seen to change
 */
export function watchSources(sources: Sources, onChange: (paths: readonly string[]) => void): SourceWatch {
  const folders = sources.folders.flatMap(withSubfolders);
  const changed = new Set<string>();
  const watchers: FSWatcher[] = [];
  let timer: NodeJS.Timeout | undefined;
  const report = (): void => {
    const paths = [...changed];
    changed.clear();
    onChange(paths);
  };
  const saw = (path: string): void => {
    changed.add(path);
    clearTimeout(timer);
    timer = setTimeout(report, QUIET_MS);
  };
  const listen = (folder: string, concerns: (name: string) => boolean): void => {
    try {
      const watcher = watch(folder, (_event, name) => {
        if (name !== null && concerns(name)) saw(join(folder, name));
      });
      // A folder that goes is seen by the look at its path.
      watcher.on('error', () => watcher.close());
      watchers.push(watcher);
    } catch {
      // Not there, or more than the kernel watches: the look at its path is left.
    }
  };
  for (const folder of folders) listen(folder, isSource);
  for (const folder of new Set(sources.files.map((file) => dirname(file)))) {
    const names = new Set(
      sources.files.filter((file) => dirname(file) === folder).map((file) => basename(file)),
    );
    // `..data` is what Kubernetes replaces when a mounted ConfigMap changes.
    listen(folder, (name) => names.has(name) || name === '..data');
  }
  const looks: FileWatch = watchFiles([...sources.files, ...folders], (paths) => {
    for (const path of paths) saw(path);
  });
  return {
    ready: looks.ready,
    close() {
      clearTimeout(timer);
      looks.close();
      for (const watcher of watchers) watcher.close();
    },
  };
}

/** Longer than editors and deployments pause between two files that belong together. */
const QUIET_MS = 1000;

/** Hidden files, editors' copies and files that are about to be renamed are no sources. */
function isSource(name: string): boolean {
  return name === '..data' || !/^\.|~$|\.(?:tmp|swp|swx|bak)$|^4913$/.test(name);
}

function withSubfolders(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
    const inside = entries.filter((entry) => entry.isDirectory() && isSource(entry.name));
    return [folder, ...inside.map((entry) => join(entry.parentPath, entry.name))];
  } catch {
    return [folder];
  }
}
