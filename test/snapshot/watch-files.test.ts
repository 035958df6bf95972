import { mkdtemp, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type FileWatch, watchFiles } from '../../src/snapshot/watch-files.js';

describe('watchFiles', () => {
  let folder: string;
  let watch: FileWatch | undefined;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'steerdns-watch-'));
  });
  afterEach(() => watch?.close());
  after(() => rm(folder, { recursive: true }));

  /** Watches every 2 ms; the returned function waits for the next report. */
  async function watching(...paths: string[]): Promise<() => Promise<readonly string[]>> {
    const reports: (readonly string[])[] = [];
    let wake = (): void => {};
    watch = watchFiles(
      paths,
      (changed) => {
        reports.push(changed);
        wake();
      },
      2,
    );
    await watch.ready;
    return async () => {
      while (reports.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      return reports.shift() ?? [];
    };
  }

  it('reports a file that is written anew, replaced, removed, and there again', async () => {
    const file = join(folder, 'a.mmdb');
    const other = join(folder, 'other.mmdb');
    await writeFile(file, 'one');
    await writeFile(other, 'other');
    const next = await watching(file, other);
    await writeFile(file, 'twice');
    expect(await next()).to.deep.equal([file]);
    await writeFile(`${file}.new`, 'other');
    await rename(`${file}.new`, file);
    expect(await next()).to.deep.equal([file]);
    await unlink(file);
    expect(await next()).to.deep.equal([file]);
    await writeFile(file, 'again');
    expect(await next()).to.deep.equal([file]);
  });

  it('reports a file that was not there before', async () => {
    const file = join(folder, 'later.mmdb');
    const next = await watching('builtin:country', file);
    await writeFile(file, 'now');
    expect(await next()).to.deep.equal([file]);
  });

  it('reports nothing once closed', async () => {
    const file = join(folder, 'closed.mmdb');
    let reports = 0;
    const closed = watchFiles([file], () => reports++, 1);
    await closed.ready;
    closed.close();
    const next = await watching(file);
    await writeFile(file, 'now');
    await next();
    expect(reports).to.equal(0);
  });
});
