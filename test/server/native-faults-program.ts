// Asks itself four queries through the addon, and prints which were answered and what was counted.
import { openSockets } from '../../src/server/native-udp.js';
import { UdpBatch } from '../../src/server/udp-batch.js';
import { countersByName, makeCounters } from '../../src/state/counters.js';
import { needAddon, UdpClient } from './native-support.js';
import { echo, LogBook, message } from './support.js';

const addon = needAddon({
  skip: () => {
    throw new Error('no addon');
  },
});
const counters = makeCounters();
const sockets = openSockets(addon, '127.0.0.1', 0, 1);
const { descriptors, port } = sockets;
const batch = new UdpBatch({ addon, descriptors, answer: echo, counters, log: new LogBook() });
const client = new UdpClient();
for (const id of [1, 2, 3, 4]) await client.send(message(id), port);
const received = Array.from({ length: 4 }, () => batch.turn(0));
// One more, past all faults: when its response is there, no earlier one is still to come.
await client.send(message(5), port);
while (!client.ids.includes(5)) {
  batch.turn(0);
  await new Promise((resolve) => setImmediate(resolve));
}
batch.close();
sockets.close();
await client.close();
console.log(JSON.stringify({ ids: client.ids, received, counters: countersByName(counters) }));
