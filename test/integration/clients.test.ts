import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { expect } from 'chai';
import dnsPacket from 'dns-packet';
import { TCPClient, UDPClient } from 'dns2';
import { type RunningExample, startExample } from '../support/example.js';
import type { Listening } from '../support/steerdns.js';

/** Longer than any answer takes on a busy machine. */
const ANSWER_LIMIT_MS = 10_000;

describe('independent clients', () => {
  let example: RunningExample;
  let at: Listening;

  before(async () => {
    example = await startExample();
    at = example.steerdns.dns;
  });
  after(() => example?.stop());

  it('dns2 reads A, AAAA, MX and SOA over UDP', async () => {
    const ask = UDPClient({ dns: at.address, port: at.port });
    expect((await ask('www.example.com', 'A')).answers.map(({ address }) => address)).to.deep.equal([
      '198.51.100.13',
    ]);
    const aaaa = await ask('www.example.com', 'AAAA');
    expect(aaaa.answers.map(({ address }) => address)).to.deep.equal(['2001:db8:2::13']);
    const mx = await ask('example.com', 'MX');
    expect(mx.answers.map(({ exchange, priority }) => [priority, exchange])).to.deep.equal([
      [10, 'mail.example.com'],
    ]);
    const soa = await ask('example.com', 'SOA');
    expect(soa.answers.map(({ primary, admin }) => [primary, admin])).to.deep.equal([
      ['ns1.example.com', 'hostmaster.example.com'],
    ]);
  });

  it('dns2 is steered by the subnet that it sends', async () => {
    const ask = UDPClient({ dns: at.address, port: at.port });
    const { answers } = await ask('www.example.com', 'A', undefined, { clientIp: '203.0.113.0/26' });
    expect(answers.map(({ address }) => address)).to.deep.equal(['203.0.113.14']);
  });

  it('dns2 reads the same over TCP', async () => {
    const ask = TCPClient({ dns: at.address, port: at.port });
    const { answers, header } = await ask('www.example.com', 'A');
    expect(answers.map(({ address }) => address)).to.deep.equal(['198.51.100.13']);
    expect(header.aa).to.equal(1);
  });

  it('dns-packet reads every part of a response with a client subnet', async () => {
    const response = await askUdp(at, {
      type: 'query',
      id: 4711,
      flags: dnsPacket.RECURSION_DESIRED,
      questions: [{ type: 'A', name: 'WWW.Example.Com' }],
      additionals: [optWithSubnet('203.0.113.0', 26)],
    });
    expect(response.id).to.equal(4711);
    expect(response.flag_qr && response.flag_aa && response.flag_rd && !response.flag_ra).to.equal(true);
    expect(response.questions).to.deep.equal([{ type: 'A', class: 'IN', name: 'WWW.Example.Com' }]);
    expect(response.answers).to.have.length(1);
    expect(response.answers?.[0]).to.include({ type: 'A', data: '203.0.113.14', name: 'WWW.Example.Com' });
    const opt = response.additionals?.find((record) => record.type === 'OPT');
    expect(opt?.udpPayloadSize).to.equal(1232);
    expect(opt?.options).to.have.length(1);
    expect(opt?.options[0]).to.include({ code: 8, family: 1, sourcePrefixLength: 26, ip: '203.0.113.0' });
  });

  it('gets a hundred queries of one TCP connection answered, in flight together', async () => {
    const queries = Array.from({ length: 100 }, (_, i) => ({
      type: 'query' as const,
      id: 1000 + i,
      questions: [{ type: 'A' as const, name: `n${i}.apps.example.com` }],
    }));
    const responses = await askTcp(at, queries);
    expect(responses.map(({ id }) => id).sort()).to.deep.equal(queries.map(({ id }) => id));
    for (const { answers, questions } of responses) {
      expect(answers).to.have.length(1);
      expect(answers?.[0]).to.include({ name: questions?.[0]?.name, data: '192.0.2.80' });
    }
  });

  it('sends nothing back to a response or to octets that are no message, and answers on', async () => {
    const socket = createSocket('udp4');
    const response = dnsPacket.encode({
      type: 'response',
      id: 1,
      questions: [{ type: 'A', name: 'example.com' }],
    });
    for (const octets of [response, Buffer.from([0]), Buffer.alloc(11, 0xff), Buffer.alloc(0)]) {
      await new Promise((resolve) => socket.send(octets, at.port, at.address, resolve));
    }
    const got: Buffer[] = [];
    socket.on('message', (message) => got.push(message));
    const answered = new Promise((resolve) => socket.once('message', resolve));
    socket.send(
      dnsPacket.encode({ type: 'query', id: 2, questions: [{ type: 'SOA', name: 'example.com' }] }),
      at.port,
      at.address,
    );
    await answered;
    socket.close();
    expect(got.map((message) => dnsPacket.decode(message).id)).to.deep.equal([2]);
  });
});

function optWithSubnet(ip: string, sourcePrefixLength: number): dnsPacket.OptAnswer {
  return {
    type: 'OPT',
    name: '.',
    udpPayloadSize: 4096,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [{ code: 8, type: 'CLIENT_SUBNET', ip, sourcePrefixLength, scopePrefixLength: 0 }],
  };
}

function askUdp(at: Listening, query: dnsPacket.Packet): Promise<dnsPacket.DecodedPacket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    const timer = setTimeout(() => finish(() => reject(new Error('no response'))), ANSWER_LIMIT_MS);
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      socket.close();
      settle();
    };
    socket.once('message', (message) => finish(() => resolve(dnsPacket.decode(message))));
    socket.send(dnsPacket.encode(query), at.port, at.address);
  });
}

/** Writes all queries at once and reads as many responses. */
function askTcp(at: Listening, queries: readonly dnsPacket.Packet[]): Promise<dnsPacket.DecodedPacket[]> {
  return new Promise((resolve, reject) => {
    const socket = connect(at.port, at.address);
    const responses: dnsPacket.DecodedPacket[] = [];
    let pending = Buffer.alloc(0);
    socket.setTimeout(ANSWER_LIMIT_MS, () =>
      socket.destroy(new Error(`${responses.length} responses in time`)),
    );
    socket.once('error', reject);
    socket.once('close', () => reject(new Error(`closed after ${responses.length} responses`)));
    socket.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
        const end = 2 + pending.readUInt16BE(0);
        responses.push(dnsPacket.decode(pending.subarray(2, end)));
        pending = pending.subarray(end);
      }
      if (responses.length < queries.length) return;
      resolve(responses);
      socket.destroy();
    });
    socket.write(Buffer.concat(queries.map((query) => dnsPacket.streamEncode(query))));
  });
}
