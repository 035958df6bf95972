import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Replaces a file whole: after a crash there is the old text or the new one, never a part.
 * @param like whose mode and owner the new one gets; without it anyone may read it
 * @throws the system's error; the old file is as it was
 */
export async function replaceFile(
  path: string,
  content: string | Uint8Array,
  like?: { readonly mode: number; readonly uid: number; readonly gid: number },
): Promise<void> {
  const temporary = `${path}.tmp`;
  try {
    const file = await open(temporary, 'w', like === undefined ? 0o644 : 0o600);
    try {
      if (like !== undefined) {
        // Only root can give a file away; another user's is replaced by one of our own with the same mode.
        await file.chown(like.uid, like.gid).catch(() => file.chown(-1, like.gid).catch(() => {}));
        await file.chmod(like.mode & 0o7777);
      }
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Makes the rename outlast a power cut, where the file system lets a folder be synced. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  } catch {
    // The file itself is written; some file systems refuse this.
  }
}
