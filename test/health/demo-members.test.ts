import { expect } from 'chai';
import { type DemoMembers, startDemoMembers } from '../../src/cli/demo-members.js';

describe('cli/demo-members', () => {
  let demo: DemoMembers | undefined;
  afterEach(async () => {
    await demo?.stop();
    demo = undefined;
  });

  async function ask(index: number, path: string, method = 'GET'): Promise<string> {
    const member = demo?.members[index];
    const response = await fetch(`http://${member?.address}:${member?.port}${path}`, { method });
    return `${response.status} ${(await response.text()).trim()}`;
  }

  it('answers as each member, and fails its check from stop to start', async () => {
    demo = await startDemoMembers([
      { name: 'fra1', address: '127.0.0.11', port: 0 },
      { name: 'ams1', address: '127.0.0.12', port: 0 },
    ]);
    expect(await ask(0, '/file?x=1')).to.equal('200 fra1 answers GET /file?x=1');
    expect(await ask(0, '/healthz')).to.equal('200 ok');
    expect(await ask(0, '/stop', 'POST')).to.equal('200 fra1: /healthz answers 503 from now on');
    expect(await ask(0, '/healthz')).to.equal('503 fra1 is stopped');
    expect(await ask(0, '/')).to.equal('200 fra1 answers GET /');
    expect(await ask(1, '/healthz')).to.equal('200 ok');
    expect(await ask(0, '/start', 'POST')).to.equal('200 fra1: /healthz answers ok from now on');
    expect(await ask(0, '/healthz')).to.equal('200 ok');
  });

  it('is not stopped by a mere look', async () => {
    demo = await startDemoMembers([{ name: 'fra1', address: '127.0.0.1', port: 0 }]);
    expect(await ask(0, '/stop')).to.equal('405 POST /stop to change it');
    expect(await ask(0, '/healthz')).to.equal('200 ok');
  });

  it('names the member whose port is taken, and leaves none of them open', async () => {
    demo = await startDemoMembers([{ name: 'fra1', address: '127.0.0.1', port: 0 }]);
    const port = demo.members[0]?.port ?? 0;
    const error = await startDemoMembers([
      { name: 'ams1', address: '127.0.0.2', port },
      { name: 'nyc1', address: '127.0.0.1', port },
    ]).catch((caught: Error) => caught);
    expect((error as Error).message).to.equal(
      `can't start the example's member nyc1 on 127.0.0.1:${port}: the port is taken`,
    );
    const again = await startDemoMembers([{ name: 'ams1', address: '127.0.0.2', port }]);
    await again.stop();
  });
});
