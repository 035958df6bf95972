import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Diagnostics, formatDiagnostics } from '../../src/config/diagnostics.js';

/** What the user sees of what `read` finds wrong. */
export function shown(read: (diagnostics: Diagnostics) => void): string {
  const diagnostics = new Diagnostics();
  read(diagnostics);
  return formatDiagnostics(diagnostics.list, { color: false });
}

/** Runs `use` in a folder with these files (path → content), which is removed afterwards. A path that ends in `/` is a folder. */
export function withFiles<Result>(
  files: Readonly<Record<string, string | Uint8Array>>,
  use: (folder: string) => Result,
): Result {
  const folder = mkdtempSync(join(tmpdir(), 'steerdns-config-'));
  try {
    for (const [path, content] of Object.entries(files)) {
      const full = join(folder, path);
      mkdirSync(path.endsWith('/') ? full : dirname(full), { recursive: true });
      if (!path.endsWith('/')) writeFileSync(full, content);
    }
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
