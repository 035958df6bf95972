import { createSocket, type RemoteInfo } from 'node:dgram';
import { type Answer, Exchange, Transport } from '../answer/exchange.js';
import { Counter, type Counters, count } from '../state/counters.js';
import { readAddressText } from './address-text.js';
import { listenError } from './listen-error.js';
import { faultReporter, type RunningListener, type TransportLog } from './listener.js';
import { ProxySource, parseProxyV2 } from './proxy-header.js';
import { ProxyPeers } from './proxy-peers.js';

/**
 * Answers DNS over UDP on one address by node:dgram.
 *
 * A response leaves from the socket's own address. On a wildcard address (0.0.0.0, ::) of a machine with several, the kernel
 * chooses one by its routes, which the requestor may not expect: listen on each address instead.
 * @throws ListenError when the socket can't be opened
 */
export async function startUdp(options: {
  readonly address: string;
  /** 0: one that is free. */
  readonly port: number;
  readonly answer: Answer;
  readonly counters: Counters;
  readonly log: TransportLog;
  /** Peers whose datagrams begin with a PROXY header; none unless given. */
  readonly proxies?: ProxyPeers;
}): Promise<RunningListener> {
  const { address, port, answer, counters, log, proxies = new ProxyPeers() } = options;
  const isIpv6 = address.includes(':');
  const socket = createSocket({
    type: isIpv6 ? 'udp6' : 'udp4',
    // Else `::` would take the port from 0.0.0.0; and on an IPv4 socket the flag is an error.
    ipv6Only: isIpv6,
    recvBufferSize: RECEIVE_BUFFER_OCTETS,
    sendBufferSize: SEND_BUFFER_OCTETS,
    // A requestor's address needs no resolving; Node's own look-up would put a tick before each response.
    lookup: (hostname, _options, callback) => callback(null, hostname, 0),
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', (error) => {
      socket.close();
      reject(listenError('UDP', address, port, error));
    });
    socket.bind({ address, port }, resolve);
  });
  socket.removeAllListeners('error');
  socket.on('error', () => {});
  socket.once('error', (error) => log.warn({ err: error }, 'a UDP socket reported an error'));

  const onFault = faultReporter(counters, log);
  const exchange = new Exchange();
  exchange.transport = Transport.UDP;
  /** The text that `exchange.address` was read from: one resolver often asks several times in a row. */
  let lastAddress = '';
  const source = new ProxySource();
  let waiting = 0;
  let idle: (() => void) | undefined;
  const free: SendSlot[] = [];
  let slots = 0;

  socket.on('message', receive);
  return { address: socket.address().address, port: socket.address().port, close };

  function receive(query: Uint8Array, from: RemoteInfo): void {
    if (from.port === 0) {
      count(counters, Counter.droppedPort);
      return;
    }
    if (from.address !== lastAddress) {
      const family = readAddressText(from.address, exchange.address);
      lastAddress = family === 0 ? '' : from.address;
      if (family === 0) return;
      exchange.family = family;
    }
    exchange.query = query;
    exchange.queryLength = query.length;
    if (proxies.any && proxies.includes(exchange.family, exchange.address, 0) && !unwrap()) return;
    let length = 0;
    try {
      length = answer(exchange);
    } catch (error) {
      // `Answer` never throws; should a bug make it, one query is lost and not the service.
      onFault(error);
      return;
    }
    if (length > 0) respond(length, from);
  }

  /** Takes the PROXY header off the query; false where there is none. */
  function unwrap(): boolean {
    const header = parseProxyV2(exchange.query, exchange.queryLength, source);
    count(counters, header > 0 ? Counter.proxied : Counter.badProxyHeader);
    if (header <= 0) return false;
    exchange.query = exchange.query.subarray(header);
    exchange.queryLength -= header;
    if (source.family === 0) return true;
    lastAddress = '';
    exchange.family = source.family;
    exchange.address.set(source.address);
    return true;
  }

  /** Sends from a slot of its own: the kernel may take the octets after the next query was answered. */
  function respond(length: number, to: RemoteInfo): void {
    const slot = free.pop() ?? addSlot();
    if (slot === undefined) {
      count(counters, Counter.sendErrors);
      return;
    }
    if (length > slot.octets.length) slot.octets = Buffer.allocUnsafeSlow(length);
    slot.octets.set(exchange.response.subarray(0, length));
    waiting += 1;
    socket.send(slot.octets, 0, length, to.port, to.address, slot.sent);
  }

  function addSlot(): SendSlot | undefined {
    if (slots === MAX_SLOTS) return undefined;
    slots += 1;
    const slot: SendSlot = {
      octets: Buffer.allocUnsafeSlow(SLOT_OCTETS),
      sent: (error) => {
        if (error !== null) count(counters, Counter.sendErrors);
        free.push(slot);
        waiting -= 1;
        if (waiting === 0) idle?.();
      },
    };
    return slot;
  }

  /** Takes no more queries, and ends once the responses on their way are sent. */
  async function close(): Promise<void> {
    socket.off('message', receive);
    if (waiting > 0) await new Promise<void>((resolve) => (idle = resolve));
    await new Promise<void>((resolve) => socket.close(resolve));
  }
}

interface SendSlot {
  octets: Buffer;
  /** Made once for each slot, so that sending makes no closure. */
  readonly sent: (error: Error | null) => void;
}

/** Room for the largest UDP response there should be: 1280 (IPv6's least MTU) less 40 (IPv6) and 8 (UDP). */
const SLOT_OCTETS = 1232;

/** Responses waiting for a full socket buffer; past these (5 MB) it is better to drop, since requestors have asked again. */
const MAX_SLOTS = 4096;

/** About 0.1 s of 50,000 queries a second at the kernel's 768 octets of bookkeeping each; the kernel caps it at its rmem_max. */
const RECEIVE_BUFFER_OCTETS = 4 << 20;

/** Responses are handed over one by one, and the kernel sends them at once: this covers bursts. It caps it at its wmem_max. */
const SEND_BUFFER_OCTETS = 1 << 20;
