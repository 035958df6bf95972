import { expect } from 'chai';
import { Limiter } from '../../src/background/limiter.js';

describe('background/limiter', () => {
  it('runs at most so many at once, first come first served, many or few', async () => {
    const limiter = new Limiter(3);
    let running = 0;
    let most = 0;
    const order: number[] = [];
    const jobs = Array.from({ length: 5000 }, (_, i) =>
      limiter.run(async () => {
        order.push(i);
        most = Math.max(most, ++running);
        await new Promise<void>((resolve) => queueMicrotask(resolve));
        running -= 1;
        return i;
      }),
    );
    expect(await Promise.all(jobs)).to.deep.equal(order);
    expect(order).to.deep.equal([...order].sort((a, b) => a - b));
    expect(most).to.equal(3);
  });

  it('frees the place of a job that fails, and fails as it does', async () => {
    const limiter = new Limiter(1);
    const failure = new Error('no');
    const results = await Promise.allSettled([
      limiter.run(() => Promise.reject(failure)),
      limiter.run(async () => 1),
    ]);
    expect(results).to.deep.equal([
      { status: 'rejected', reason: failure },
      { status: 'fulfilled', value: 1 },
    ]);
  });
});
