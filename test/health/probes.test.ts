import type { IncomingMessage, RequestListener } from 'node:http';
import { expect } from 'chai';
import { probeHttp, probeHttps } from '../../src/health/http-probe.js';
import type { ProbeResult, ProbeTarget } from '../../src/health/probe-result.js';
import { probeTcp } from '../../src/health/tcp-probe.js';
import type { CheckSpec } from '../../src/steer/spec.js';
import { checkOf, closedPort, httpMember, httpsMember, type Listening, tcpMember } from './fixtures.js';

function targetOf(port: number, check: Partial<CheckSpec> = {}): ProbeTarget {
  return { ...checkOf({ port, ...check }), address: check.target ?? '127.0.0.1' };
}

/** Ends what a test left hanging by itself. */
const never = new AbortController().signal;

describe('health/probes', () => {
  let members: Listening[] = [];
  const keep = <T extends Listening>(member: T): T => {
    members.push(member);
    return member;
  };

  afterEach(async () => {
    await Promise.all(members.map((member) => member.close()));
    members = [];
  });

  async function ask(answer: RequestListener, check: Partial<CheckSpec> = {}): Promise<ProbeResult> {
    const { port } = keep(await httpMember(answer));
    return probeHttp(targetOf(port, check), never);
  }

  describe('http', () => {
    const rows: {
      name: string;
      answer: RequestListener;
      check?: Partial<CheckSpec>;
      outcome: ProbeResult['outcome'];
      text: string;
    }[] = [
      {
        name: 'passes with the status that is expected',
        answer: (_, response) => response.end('fine'),
        outcome: 'passed',
        text: 'status 200',
      },
      {
        name: 'fails with another status, and names both',
        answer: (_, response) => response.writeHead(503).end(),
        outcome: 'failed',
        text: 'status 503, expected 200',
      },
      {
        name: 'takes any of several statuses',
        answer: (_, response) => response.writeHead(204).end(),
        check: { expect: { status: [200, 204] } },
        outcome: 'passed',
        text: 'status 204',
      },
      {
        name: 'names ranges of statuses short',
        answer: (_, response) => response.writeHead(500).end(),
        check: { expect: { status: [302, 204, 202, 203, 200] } },
        outcome: 'failed',
        text: 'status 500, expected 200 or 202-204 or 302',
      },
      {
        name: 'does not follow a redirect',
        answer: (_, response) => response.writeHead(302, { Location: '/ok' }).end(),
        check: { expect: { status: [200, 204] } },
        outcome: 'failed',
        text: 'status 302, expected 200 or 204',
      },
      {
        name: 'can expect a redirect',
        answer: (_, response) => response.writeHead(302, { Location: 'http://192.0.2.1/' }).end(),
        check: { expect: { status: [302] } },
        outcome: 'passed',
        text: 'status 302',
      },
      {
        name: 'finds the text that is expected across two chunks',
        answer: (_, response) => {
          response.write('all sys');
          response.end('tems go');
        },
        check: { expect: { status: [200], body: 'systems' } },
        outcome: 'passed',
        text: 'status 200',
      },
      {
        name: 'passes as soon as the text is there, though the answer goes on',
        answer: (_, response) => void response.write('ok'),
        check: { expect: { status: [200], body: 'ok' } },
        outcome: 'passed',
        text: 'status 200',
      },
      {
        name: 'compares text beyond ASCII as UTF-8',
        answer: (_, response) => response.end('état: 正常'),
        check: { expect: { status: [200], body: '正常' } },
        outcome: 'passed',
        text: 'status 200',
      },
      {
        name: 'fails without the text, and shows how the answer starts',
        answer: (_, response) => response.end('database "main" is away'),
        check: { expect: { status: [200], body: 'ok' } },
        outcome: 'failed',
        text: '"ok" is not in the answer (it starts "database \\"main\\" is away")',
      },
      {
        name: 'reads 64 KiB for the text and no more',
        answer: (_, response) => void response.write(Buffer.alloc(200_000, 'x')),
        check: { expect: { status: [200], body: 'ok' } },
        outcome: 'failed',
        text: '"ok" is not in the first 65536 octets',
      },
      {
        name: 'passes an answer without end after 64 KiB, where no text is expected',
        answer: (_, response) => void response.write(Buffer.alloc(200_000, 'x')),
        outcome: 'passed',
        text: 'status 200',
      },
      {
        name: 'needs no body with HEAD',
        answer: (_, response) => response.writeHead(200, { 'Content-Length': 1e9 }).end(),
        check: { method: 'HEAD' },
        outcome: 'passed',
        text: 'status 200',
      },
      {
        name: 'does not take 101 for an answer of HTTP',
        answer: ({ socket }) => socket.end('HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'),
        outcome: 'failed',
        text: 'status 101, expected 200',
      },
      {
        name: 'fails when the connection ends without an answer',
        answer: ({ socket }) => socket.end(),
        outcome: 'failed',
        text: 'connection reset (ECONNRESET)',
      },
      {
        name: 'fails when the connection is reset in the middle of the body',
        answer: ({ socket }, response) => {
          response.writeHead(200, { 'Content-Length': 100 });
          response.write('half', () => socket.resetAndDestroy());
        },
        outcome: 'failed',
        text: 'connection reset (ECONNRESET)',
      },
      {
        name: 'fails when the answer is not HTTP',
        answer: ({ socket }) => socket.end('220 mail.example.com ESMTP\r\n'),
        outcome: 'failed',
        text: 'the answer is not HTTP (HPE_INVALID_CONSTANT)',
      },
      {
        name: 'fails when the headers are too large',
        answer: ({ socket }) => socket.end(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`),
        outcome: 'failed',
        text: 'the answer is not HTTP (HPE_HEADER_OVERFLOW)',
      },
      {
        name: 'fails, and says so, when a header that was configured can not be sent',
        answer: (_, response) => response.end(),
        check: { headers: { 'X-Key': 'a\r\nb' } },
        outcome: 'failed',
        text: 'the request can\'t be made: Invalid character in header content ["X-Key"]',
      },
    ];
    for (const { name, answer, check, outcome, text } of rows) {
      it(name, async () => {
        expect(await ask(answer, check)).to.deep.equal({ outcome, text });
      });
    }

    it('sends method, path, host and headers as configured, on a connection of its own', async () => {
      const seen: IncomingMessage[] = [];
      const ports: (number | undefined)[] = [];
      const { port } = keep(
        await httpMember((request, response) => {
          seen.push(request);
          ports.push(request.socket.remotePort);
          response.end();
        }),
      );
      const target = targetOf(port, {
        method: 'OPTIONS',
        path: '/a?b=c',
        host: 'www.example.com',
        headers: { 'X-Probe': 'yes', 'user-agent': 'mine' },
      });
      await probeHttp(target, never);
      await probeHttp(targetOf(port), never);
      const [first, second] = seen;
      expect(first?.method).to.equal('OPTIONS');
      expect(first?.url).to.equal('/a?b=c');
      expect(first?.headers).to.include({
        host: 'www.example.com',
        'x-probe': 'yes',
        'user-agent': 'mine',
        connection: 'close',
      });
      expect(second?.headers).to.include({ host: `127.0.0.1:${port}`, 'user-agent': 'steerdns' });
      expect(new Set(ports).size).to.equal(2);
    });

    it('puts an IPv6 address in brackets in the Host header', async function () {
      let host: string | undefined;
      const member = await httpMember((request, response) => {
        host = request.headers.host;
        response.end();
      }, '::1').catch(() => this.skip());
      keep(member);
      const result = await probeHttp(targetOf(member.port, { target: '::1' }), never);
      expect(result.outcome).to.equal('passed');
      expect(host).to.equal(`[::1]:${member.port}`);
    });

    it('fails when nobody listens', async () => {
      const result = await probeHttp(targetOf(await closedPort()), never);
      expect(result).to.deep.equal({ outcome: 'failed', text: 'connection refused (ECONNREFUSED)' });
    });

    it('ends when it is aborted, whether before or in the middle of the answer', async () => {
      for (const answer of [
        () => {},
        (_: IncomingMessage, response: Parameters<RequestListener>[1]) => void response.write('a'),
      ]) {
        const abort = new AbortController();
        const { port } = keep(
          await httpMember((request, response) => {
            answer(request, response);
            abort.abort();
          }),
        );
        const result = await probeHttp(targetOf(port), abort.signal);
        expect(result.outcome).to.equal('failed');
      }
      const result = await probeHttp(targetOf(1), AbortSignal.abort());
      expect(result.outcome).to.equal('failed');
    });
  });

  describe('https', () => {
    it('passes though the certificate is for another name, and sends the host as SNI', async () => {
      const names: (string | false)[] = [];
      const hosts: (string | undefined)[] = [];
      const { port } = keep(
        await httpsMember(
          (request, response) => {
            hosts.push(request.headers.host);
            response.end('ok');
          },
          (name) => names.push(name),
        ),
      );
      const check = { host: 'www.example.com', expect: { status: [200], body: 'ok' } };
      expect(await probeHttps(targetOf(port, check), never)).to.deep.equal({
        outcome: 'passed',
        text: 'status 200',
      });
      expect(names).to.deep.equal(['www.example.com']);
      expect(hosts).to.deep.equal(['www.example.com']);
    });

    it('sends no SNI for an address, since SNI takes names only (RFC 6066 §3)', async () => {
      const names: (string | false)[] = [];
      const { port } = keep(
        await httpsMember(
          (_, response) => response.end(),
          (name) => names.push(name),
        ),
      );
      expect((await probeHttps(targetOf(port), never)).outcome).to.equal('passed');
      expect((await probeHttps(targetOf(port, { host: '[2001:db8::1]:443' }), never)).outcome).to.equal(
        'passed',
      );
      expect(names).to.deep.equal([false, false]);
    });

    it('fails when the member speaks no TLS', async () => {
      const { port } = keep(await httpMember((_, response) => response.end()));
      const result = await probeHttps(targetOf(port), never);
      expect(result.outcome).to.equal('failed');
      expect(result.text).to.match(/^TLS failed /);
    });

    it('ends in the middle of the handshake when it is aborted', async () => {
      const abort = new AbortController();
      const { port } = keep(await tcpMember((socket) => socket.once('data', () => abort.abort())));
      expect((await probeHttps(targetOf(port), abort.signal)).outcome).to.equal('failed');
    });
  });

  describe('tcp', () => {
    it('passes when the connection is taken', async () => {
      const { port } = keep(await tcpMember(() => {}));
      expect(await probeTcp(targetOf(port), never)).to.deep.equal({ outcome: 'passed', text: 'connected' });
    });

    it('fails when nobody listens', async () => {
      const result = await probeTcp(targetOf(await closedPort()), never);
      expect(result).to.deep.equal({ outcome: 'failed', text: 'connection refused (ECONNREFUSED)' });
    });

    it('finds the greeting that is expected, in parts too', async () => {
      const { port } = keep(
        await tcpMember((socket) => {
          socket.write('SSH-');
          setImmediate(() => socket.write('2.0-x\r\n'));
        }),
      );
      const result = await probeTcp(targetOf(port, { expect: { status: [], body: 'SSH-2.0' } }), never);
      expect(result.outcome).to.equal('passed');
    });

    it('fails when the greeting is another, at its end or after 64 KiB', async () => {
      const check = { expect: { status: [], body: 'SSH-2.0' } };
      const other = keep(await tcpMember((socket) => socket.end('220 mail\r\n')));
      expect(await probeTcp(targetOf(other.port, check), never)).to.deep.equal({
        outcome: 'failed',
        text: 'closed before it sent the text that is expected',
      });
      const endless = keep(await tcpMember((socket) => void socket.write(Buffer.alloc(200_000, 'x'))));
      expect(await probeTcp(targetOf(endless.port, check), never)).to.deep.equal({
        outcome: 'failed',
        text: 'the text that is expected is not in the first 65536 octets',
      });
    });

    it('ends when it is aborted', async () => {
      const abort = new AbortController();
      const { port } = keep(await tcpMember(() => abort.abort()));
      const result = await probeTcp(targetOf(port, { expect: { status: [], body: 'x' } }), abort.signal);
      expect(result.outcome).to.equal('failed');
    });
  });
});
