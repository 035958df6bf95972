import { execFile, execFileSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { CHECKOUT, makeFolder } from '../support/steerdns.js';
import { needAddon, needCompiler } from './native-support.js';

const { EAGAIN, ECONNREFUSED, EINTR, ENOBUFS, EPERM } = constants.errno;
const PROGRAM = fileURLToPath(new URL('./native-faults-program.js', import.meta.url));

interface Outcome {
  readonly ids: readonly number[];
  readonly received: readonly number[];
  readonly counters: Readonly<Record<string, number>>;
}

describe('UdpBatch on a kernel that refuses', () => {
  let folder: string;

  before(async function () {
    needAddon(this);
    needCompiler(this);
    folder = await makeFolder();
    const source = join(CHECKOUT, 'test/server/faulty-udp.c');
    execFileSync('cc', [
      '-shared',
      '-fPIC',
      '-Wall',
      '-Werror',
      source,
      '-o',
      join(folder, 'faulty.so'),
      '-ldl',
    ]);
  });

  after(async () => {
    if (folder !== undefined) await rm(folder, { recursive: true });
  });

  async function run(faults: { send?: string; receive?: string }): Promise<Outcome> {
    const env = {
      ...process.env,
      // Behind what this run itself has: a sanitizer's library comes first.
      LD_PRELOAD: [process.env.LD_PRELOAD ?? '', join(folder, 'faulty.so')].join(' ').trim(),
      SEND_FAULTS: faults.send ?? '',
      RECEIVE_FAULTS: faults.receive ?? '',
    };
    const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM], { env });
    return JSON.parse(stdout) as Outcome;
  }

  for (const { name, send, ids, retries = 0, errors = 0 } of [
    { name: 'sends on after a part was sent', send: '+1 +2', ids: [1, 2, 3, 4, 5] },
    { name: 'sends again after a signal', send: `${EINTR} ${EINTR}`, ids: [1, 2, 3, 4, 5] },
    { name: 'waits for a full buffer', send: `${EAGAIN} +2 ${EAGAIN}`, ids: [1, 2, 3, 4, 5], retries: 2 },
    { name: 'waits for a full queue', send: `${ENOBUFS} ${ENOBUFS}`, ids: [1, 2, 3, 4, 5], retries: 2 },
    { name: 'leaves out one that is refused', send: `${ECONNREFUSED}`, ids: [2, 3, 4, 5], errors: 1 },
    { name: 'leaves out one in the middle', send: `+2 ${EPERM}`, ids: [1, 2, 4, 5], errors: 1 },
    { name: 'leaves out all', send: `${EPERM} `.repeat(4), ids: [5], errors: 4 },
    {
      name: 'gives up on a buffer that stays full',
      send: `+1 ${`${EAGAIN} `.repeat(9)}`,
      ids: [1, 5],
      retries: 8,
      errors: 3,
    },
  ]) {
    it(name, async () => {
      const { ids: answered, counters } = await run({ send });
      expect(answered).to.deep.equal(ids);
      expect(counters).to.include({ sendRetries: retries, sendErrors: errors });
    });
  }

  for (const { name, receive, received, errors = 0 } of [
    { name: 'receives again after a signal', receive: `${EINTR}`, received: [0, 4, 0, 0] },
    {
      name: 'receives again after an error',
      receive: `${ECONNREFUSED} ${ECONNREFUSED}`,
      received: [0, 0, 4, 0],
      errors: 2,
    },
  ]) {
    it(name, async () => {
      const outcome = await run({ receive });
      expect(outcome.received).to.deep.equal(received);
      expect(outcome.ids).to.deep.equal([1, 2, 3, 4, 5]);
      expect(outcome.counters).to.include({ receiveErrors: errors });
    });
  }

  it('drops a query from port 0, which takes no response', async () => {
    const { ids, counters } = await run({ receive: 'port0' });
    expect(ids).to.deep.equal([2, 3, 4, 5]);
    expect(counters).to.include({ droppedPort: 1, sendErrors: 0 });
  });
});
