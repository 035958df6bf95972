import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { answerData, dig } from '../support/dig.js';
import { makeFolder, removeFolder, type Steerdns, startSteerdns, writeFiles } from '../support/steerdns.js';
import { needTool } from '../support/tools.js';
import { until } from '../support/until.js';

describe('reload', () => {
  let folder: string;
  let steerdns: Steerdns;
  const ask = async (name: string): Promise<string[]> => answerData(await dig(steerdns.dns, name));
  const serial = async (): Promise<number> => Number((await ask('example.com SOA'))[0]?.split(' ')[2]);

  before(async function () {
    needTool(this, 'dig');
    folder = await makeFolder({
      'steerdns.yaml': "listen: {dns: ['127.0.0.1:0'], http: [], admin: '127.0.0.1:0'}\nzones: zones\n",
      'zones/example.com.yaml': zone('192.0.2.1'),
    });
    steerdns = await startSteerdns(folder);
  });
  after(async () => {
    await steerdns?.stop();
    if (folder !== undefined) await removeFolder(folder);
  });

  it('by the command serves the new zone as soon as the command is done, with a higher serial', async () => {
    const before = await serial();
    await writeFiles(folder, { 'zones/example.com.yaml': zone('192.0.2.2') });
    const { code, stderr } = await steerdns.command('reload');
    expect(code, stderr).to.equal(0);
    expect(await ask('www.example.com')).to.deep.equal(['192.0.2.2']);
    expect(await serial()).to.be.greaterThan(before);
  });

  it('keeps the serial when nothing changed', async () => {
    const before = await serial();
    expect((await steerdns.command('reload')).code).to.equal(0);
    expect(await serial()).to.equal(before);
  });

  it('by SIGHUP serves the new zone', async () => {
    await writeFiles(folder, { 'zones/example.com.yaml': zone('192.0.2.3') });
    steerdns.signal('SIGHUP');
    await until(
      () => ask('www.example.com'),
      (seen) => seen.join() === '192.0.2.3',
    );
  });

  it('refuses broken files whole: the command shows each error and the old zones are served', async () => {
    await writeFiles(folder, {
      'zones/example.com.yaml': zone('192.0.2.999'),
      'zones/example.net.yaml': zone('192.0.2.4'),
      'services/web.yaml': 'members:\n  fra1: {adresses: [192.0.2.1]}\n',
    });
    const { code, stdout, stderr } = await steerdns.command('reload');
    expect(code).to.equal(1);
    expect(stdout + stderr).to.match(/zones\/example\.com\.yaml:\d+:\d+: /);
    expect(stdout + stderr).to.match(/services\/web\.yaml:\d+:\d+: .*adresses/);
    expect(await ask('www.example.com')).to.deep.equal(['192.0.2.3']);
    expect((await dig(steerdns.dns, 'www.example.net')).status).to.equal('REFUSED');
  });

  it('by SIGHUP tells the errors in the log', async () => {
    const logged = steerdns.log.length;
    steerdns.signal('SIGHUP');
    await steerdns.waitForLog(/zones\/example\.com\.yaml/, logged);
    expect(await ask('www.example.com')).to.deep.equal(['192.0.2.3']);
  });

  it('serves a new zone and stops serving one whose file is gone', async () => {
    await rm(join(folder, 'zones/example.com.yaml'));
    await rm(join(folder, 'services'), { recursive: true });
    const { code, stderr } = await steerdns.command('reload');
    expect(code, stderr).to.equal(0);
    expect((await dig(steerdns.dns, 'www.example.com')).status).to.equal('REFUSED');
    expect(await ask('www.example.net')).to.deep.equal(['192.0.2.4']);
  });

  it('loses no query while it happens', async () => {
    const statuses: string[] = [];
    for (let round = 0; round < 5; round++) {
      await writeFiles(folder, { 'zones/example.net.yaml': zone(`192.0.2.${10 + round}`) });
      const [reloaded, ...responses] = await Promise.all([
        steerdns.command('reload'),
        ...Array.from({ length: 5 }, () => dig(steerdns.dns, 'www.example.net')),
      ]);
      expect(reloaded.code).to.equal(0);
      statuses.push(...responses.map(({ status }) => status));
      expect(await ask('www.example.net')).to.deep.equal([`192.0.2.${10 + round}`]);
    }
    expect(new Set(statuses)).to.deep.equal(new Set(['NOERROR']));
  });
});

function zone(address: string): string {
  return `
'': {type: NS, value: ns.example.org.}
www: {type: A, value: ${address}}
`;
}
