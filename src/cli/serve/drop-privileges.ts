import { readFileSync } from 'node:fs';

/** Whom the process is to run as, as the configuration says it: names or numbers. */
export interface RunAs {
  readonly user: string;
  /** The user's own unless given. */
  readonly group: string | undefined;
}

/**
 * Makes the process, all of its threads, run as a user who owns no privileges, for good. A process that runs as that user already
 * is left as it is.
 * @throws Error when it may not, or there is no such user or group
 */
export function dropPrivileges({ user, group }: RunAs): void {
  const { getuid, geteuid, initgroups, setgid, setuid } = POSIX;
  if (!getuid || !geteuid || !initgroups || !setgid || !setuid) throw new Error('user: takes a Unix system');
  const found = findUser(user);
  const gid = group === undefined ? found.gid : findGroup(group);
  if (geteuid() === found.uid && found.uid !== 0) return;
  if (geteuid() !== 0) {
    throw new Error(
      `user: ${user} takes a start as root; this process runs as uid ${geteuid()}. Start it as root, or leave user: out`,
    );
  }
  if (found.uid === 0) throw new Error('user: root drops nothing; leave it out, or name another user');
  // In this order: with another user the others may not be set any more.
  initgroups(found.name, gid);
  setgid(gid);
  setuid(found.uid);
  if (getuid() !== found.uid || geteuid() !== found.uid || canReturn(setuid))
    throw new Error(`user: ${user}: the privileges could not be dropped`);
}

/** Node.js has it since 0.9.4; its types don't. */
const POSIX: NodeJS.Process & { initgroups?: (user: string, extraGroup: number) => void } = process;

function canReturn(setuid: (id: number) => void): boolean {
  try {
    setuid(0);
    return true;
  } catch {
    return false;
  }
}

/** Node sets users by name, but tells no number: the process has to know whether it runs as this one. */
function findUser(user: string): { name: string; uid: number; gid: number } {
  const line = entries('/etc/passwd').find(([name, , uid]) => name === user || uid === user);
  if (line === undefined) throw new Error(`user: there is no user ${user} in /etc/passwd`);
  return { name: line[0] ?? '', uid: Number(line[2]), gid: Number(line[3]) };
}

function findGroup(group: string): number {
  const line = entries('/etc/group').find(([name, , gid]) => name === group || gid === group);
  if (line === undefined) throw new Error(`group: there is no group ${group} in /etc/group`);
  return Number(line[2]);
}

function entries(file: string): string[][] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
}
