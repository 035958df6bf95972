import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect } from 'chai';
import { startUdp } from '../../src/server/udp.js';
import { makeCounters } from '../../src/state/counters.js';
import { echo, LogBook, message } from './support.js';
import { itAnswersUdp } from './udp-suite.js';

describe('UDP by node:dgram', () => {
  itAnswersUdp(startUdp);

  it('sends a response larger than those it keeps room for', async () => {
    const listener = await startUdp({
      address: '127.0.0.1',
      port: 0,
      answer: (exchange) => {
        echo(exchange);
        return 9000;
      },
      counters: makeCounters(),
      log: new LogBook(),
    });
    const client = createSocket('udp4');
    client.send(message(1), listener.port, listener.address);
    const [octets] = (await once(client, 'message')) as [Buffer];
    expect(octets.length).to.equal(9000);
    client.close();
    await listener.close();
  });
});
