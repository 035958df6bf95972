import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { type RunningExample, startExample } from '../support/example.js';
import { needTool } from '../support/tools.js';
import { until } from '../support/until.js';

const run = promisify(execFile);

describe('the redirect endpoint', () => {
  let example: RunningExample;
  /** Runs curl against a site of the endpoint. */
  const curl = async (site: string, path: string, ...options: string[]): Promise<string> => {
    const { address, port } = example.steerdns.http;
    const url = `http://${site}:${port}${path}`;
    const resolve = `${site}:${port}:${address}`;
    return (await run('curl', ['-sS', '-m', '10', '--path-as-is', '--resolve', resolve, ...options, url]))
      .stdout;
  };

  before(async function () {
    needTool(this, 'curl');
    example = await startExample();
  });
  after(() => example?.stop());

  it('redirects to the URL of a member, joined with path and query', async () => {
    const head = await curl('dl.example.com', '/iso/debian.iso?a=1&b=2', '-i');
    expect(head).to.match(/^HTTP\/1\.1 302 /);
    const at = `:${example.memberPort}/iso/debian.iso?a=1&b=2`;
    expect(/^location: (.*)\r$/im.exec(head)?.[1])
      .to.match(/^http:\/\/127\.0\.0\.1[567]:/)
      .and.to.include(at);
  });

  it('leads curl -L to a member that answers', async () => {
    expect(
      await curl('dl.example.com', '/debian.iso', '-L', '-o', '/dev/null', '-w', '%{http_code}'),
    ).to.equal('200');
  });

  it('answers HEAD like GET, without a body', async () => {
    const head = await curl('dl.example.com', '/debian.iso', '-I');
    expect(head)
      .to.match(/^HTTP\/1\.1 302 /)
      .and.to.match(/^location: http/im);
    expect(head.split('\r\n\r\n')[1]).to.equal('');
  });

  it('answers 405 to POST, naming what it allows', async () => {
    const head = await curl('dl.example.com', '/', '-i', '-X', 'POST', '-d', 'x');
    expect(head)
      .to.match(/^HTTP\/1\.1 405 /)
      .and.to.match(/^allow: GET, HEAD\r$/im);
  });

  it('answers 404 to a host that is no site', async () => {
    expect(await curl('nothing.example.com', '/', '-i')).to.match(/^HTTP\/1\.1 404 /);
  });

  it('redirects a URLFWD host as its zone says', async () => {
    const head = await curl('old.example.com', '/', '-i');
    expect(head)
      .to.match(/^HTTP\/1\.1 301 /)
      .and.to.match(/^location: https:\/\/www\.example\.com\//im);
  });

  for (const path of [
    '//evil.example/',
    '/\\evil.example',
    '/%0d%0aset-cookie:x',
    '/..//../x',
    '/%2e%2e%2f%2fevil',
  ]) {
    it(`stays at the member with the path ${path}`, async () => {
      const head = await curl('dl.example.com', path, '-i');
      const location = /^location: (.*)\r$/im.exec(head)?.[1];
      if (location === undefined) expect(head).to.match(/^HTTP\/1\.1 400 /);
      else
        expect(new URL(location).host).to.match(new RegExp(`^127\\.0\\.0\\.1[567]:${example.memberPort}$`));
      expect(head).to.not.match(/^set-cookie/im);
    });
  }

  it('redirects elsewhere while the member is stopped, and back once it is up again', async () => {
    const redirects = (): Promise<string[]> =>
      Promise.all(
        Array.from({ length: 6 }, () =>
          curl('dl.example.com', '/x', '-o', '/dev/null', '-w', '%{redirect_url}'),
        ),
      );
    const chosen = new URL((await redirects())[0] as string).origin;
    await fetch(`${chosen}/stop`, { method: 'POST' });
    await until(redirects, (urls) =>
      urls.every((url) => url.startsWith('http://127.') && !url.startsWith(chosen)),
    );
    await fetch(`${chosen}/start`, { method: 'POST' });
    await until(redirects, (urls) => urls.some((url) => url.startsWith(chosen)));
  });
});
