import { connect, createServer } from 'node:net';
import { expect } from 'chai';
import {
  type RedirectLimits,
  type RunningRedirect,
  startRedirect,
} from '../../src/redirect/start-redirect.js';
import { makeSource, parseResponse, type RawResponse, sendRaw, type TestSource } from './support.js';

const LOG = {
  error: (fields: object): void => {
    throw (fields as { error: unknown }).error;
  },
};

describe('the redirect endpoint', () => {
  let endpoint: RunningRedirect;
  let source: TestSource;

  async function start(
    options: Parameters<typeof makeSource>[0] = {},
    limits: Partial<RedirectLimits> = {},
  ): Promise<void> {
    source = makeSource(options);
    endpoint = await startRedirect({
      listen: [{ address: '127.0.0.1', port: 0 }],
      source: () => source,
      log: LOG,
      limits,
    });
  }

  function port(): number {
    return endpoint.addresses[0]?.port ?? 0;
  }

  /** @param head request line and header fields, joined by `|`; `Connection: close` is added */
  async function ask(head: string, prefix = ''): Promise<RawResponse> {
    const text = `${prefix}${head.replaceAll('|', '\r\n')}\r\nConnection: close\r\n\r\n`;
    return parseResponse(await sendRaw(port(), text));
  }

  afterEach(() => endpoint.close());

  it('answers 503 before the first round of probes', async () => {
    await start({ ready: false });
    const response = await ask('GET / HTTP/1.1|Host: dl.example.com');
    expect(response.status).to.equal(503);
    expect(response.headers.get('retry-after')).to.equal('1');
  });

  describe('redirects', () => {
    const cases: readonly { name: string; head: string; location: string }[] = [
      {
        name: 'joins the path',
        head: 'GET /iso/a.iso HTTP/1.1|Host: dl.example.com',
        location: 'https://east.example/iso/a.iso',
      },
      {
        name: 'joins the query',
        head: 'GET /a?b=c HTTP/1.1|Host: dl.example.com',
        location: 'https://east.example/a?b=c',
      },
      {
        name: 'takes a host in capitals, with port and final dot',
        head: 'GET / HTTP/1.1|Host: DL.Example.COM.:8080',
        location: 'https://east.example/',
      },
      {
        name: 'takes HTTP/1.0 with a Host',
        head: 'GET /a HTTP/1.0|Host: dl.example.com',
        location: 'https://east.example/a',
      },
      {
        name: 'takes absolute-form instead of Host',
        head: 'GET http://dl.example.com/a HTTP/1.1|Host: evil.example',
        location: 'https://east.example/a',
      },
      {
        name: 'keeps //host inside',
        head: 'GET //evil.example/a HTTP/1.1|Host: dl.example.com',
        location: 'https://east.example//evil.example/a',
      },
      {
        name: 'keeps a user part inside',
        head: 'GET /@evil.example HTTP/1.1|Host: dl.example.com',
        location: 'https://east.example/@evil.example',
      },
      {
        name: 'keeps double encodings',
        head: 'GET /%252e%252e/ HTTP/1.1|Host: dl.example.com',
        location: 'https://east.example/%252e%252e/',
      },
      {
        name: 'ignores X-Forwarded-For of anyone',
        head: 'GET /a HTTP/1.1|Host: dl.example.com|X-Forwarded-For: 203.0.113.7',
        location: 'https://east.example/a',
      },
      {
        name: 'ignores a fragment-like header',
        head: 'GET /a HTTP/1.1|Host: dl.example.com|X-Forwarded-Host: evil.example',
        location: 'https://east.example/a',
      },
    ];
    for (const { name, head, location } of cases) {
      it(name, async () => {
        await start();
        const response = await ask(head);
        expect(response.status).to.equal(302);
        expect(response.headers.get('location')).to.equal(location);
        expect(response.headers.get('cache-control')).to.equal('private, no-cache');
        expect(response.headers.has('vary')).to.equal(false);
        expect(endpoint.counts.redirected).to.equal(1);
      });
    }

    it('answers HEAD with the same header and no body', async () => {
      await start();
      const get = await ask('GET /a HTTP/1.1|Host: dl.example.com');
      const head = await ask('HEAD /a HTTP/1.1|Host: dl.example.com');
      get.headers.forEach((value, name) => {
        if (name !== 'date') expect(head.headers.get(name), name).to.equal(value);
      });
      expect(head.body).to.equal('');
      expect(get.body.length).to.equal(Number(get.headers.get('content-length')));
    });

    it('escapes the link in the page', async () => {
      await start();
      const { body } = await ask("GET /'a&b HTTP/1.1|Host: dl.example.com");
      expect(body).to.include('<a href="https://east.example/&#39;a&#38;b">');
    });

    for (const status of [301, 302, 303, 307, 308] as const) {
      it(`redirects with ${status} when the site says so`, async () => {
        await start({ site: { status, cacheControl: 'no-store' } });
        const response = await ask('GET / HTTP/1.1|Host: dl.example.com');
        expect(response.status).to.equal(status);
        expect(response.headers.get('cache-control')).to.equal('no-store');
      });
    }

    it('goes on with a connection that is kept alive', async () => {
      await start();
      const text = await sendRaw(
        port(),
        'GET /1 HTTP/1.1\r\nHost: dl.example.com\r\n\r\nGET /2 HTTP/1.1\r\nHost: dl.example.com\r\nConnection: close\r\n\r\n',
      );
      expect(text.match(/^location: .*$/gim)).to.deep.equal([
        'location: https://east.example/1',
        'location: https://east.example/2',
      ]);
    });

    it('follows the state of members', async () => {
      await start();
      source.down('east');
      const response = await ask('GET /a HTTP/1.1|Host: dl.example.com');
      expect(response.headers.get('location')).to.equal('https://west.example/pub/a');
    });

    it('answers 503 with Retry-After when no member can serve', async () => {
      await start();
      source.down('east', 'west');
      const response = await ask('GET /a HTTP/1.1|Host: dl.example.com');
      expect(response.status).to.equal(503);
      expect(response.headers.get('retry-after')).to.equal('7');
      expect(response.headers.get('cache-control')).to.equal('no-store');
      expect(response.body).to.include('try again');
      expect(endpoint.counts.noMember).to.equal(1);
    });
  });

  describe('behind trusted proxies', () => {
    const WEST = 'https://west.example/pub/a';
    const EAST = 'https://east.example/a';
    const REQUEST = 'GET /a HTTP/1.1|Host: dl.example.com';
    const cases: readonly { name: string; head?: string; prefix?: string; location: string }[] = [
      { name: 'decides by X-Forwarded-For', head: `${REQUEST}|X-Forwarded-For: 203.0.113.7`, location: WEST },
      {
        name: 'joins several fields',
        head: `${REQUEST}|X-Forwarded-For: 6.6.6.6|X-Forwarded-For: 203.0.113.7|x-forwarded-for: 127.0.0.9`,
        location: WEST,
      },
      {
        name: 'takes the peer when the field is malformed',
        head: `${REQUEST}|X-Forwarded-For: 203.0.113.7, x`,
        location: EAST,
      },
      {
        name: 'reads PROXY version 1',
        prefix: 'PROXY TCP4 203.0.113.7 198.51.100.1 56324 80\r\n',
        location: WEST,
      },
      {
        name: 'reads PROXY version 2',
        prefix: '\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xcb\0\x71\x07\xc6\x33\x64\x01\x01\x01\0\x50',
        location: WEST,
      },
      { name: 'takes the peer for PROXY UNKNOWN', prefix: 'PROXY UNKNOWN\r\n', location: EAST },
      { name: 'needs no PROXY header', location: EAST },
      {
        name: 'ignores X-Forwarded-For of a client that PROXY names',
        head: `${REQUEST}|X-Forwarded-For: 203.0.113.7`,
        prefix: 'PROXY TCP4 198.51.100.9 198.51.100.1 1 80\r\n',
        location: EAST,
      },
      {
        name: 'takes X-Forwarded-For of a trusted proxy that PROXY names',
        head: `${REQUEST}|X-Forwarded-For: 203.0.113.7`,
        prefix: 'PROXY TCP4 127.0.0.9 198.51.100.1 1 80\r\n',
        location: WEST,
      },
    ];
    for (const { name, head = REQUEST, prefix = '', location } of cases) {
      it(name, async () => {
        await start({ trusted: ['127.0.0.0/8'] });
        const response = await ask(head, prefix);
        expect(response.headers.get('location')).to.equal(location);
      });
    }

    it('says in Vary what it looked at', async () => {
      await start({ trusted: ['127.0.0.0/8'] });
      expect((await ask(REQUEST)).headers.get('vary')).to.equal('X-Forwarded-For');
      source.down('east', 'west');
      expect((await ask(REQUEST)).headers.get('vary')).to.equal('X-Forwarded-For');
    });

    it('reads a PROXY header and a request that come octet by octet', async () => {
      await start({ trusted: ['127.0.0.0/8'] });
      const text =
        'PROXY TCP4 203.0.113.7 198.51.100.1 56324 80\r\nGET /a HTTP/1.1\r\nHost: dl.example.com\r\nConnection: close\r\n\r\n';
      const response = parseResponse(await sendRaw(port(), ...text));
      expect(response.headers.get('location')).to.equal(WEST);
    });

    it('keeps whom PROXY names for every request of the connection', async () => {
      await start({ trusted: ['127.0.0.0/8'] });
      const text = await sendRaw(
        port(),
        'PROXY TCP4 203.0.113.7 198.51.100.1 56324 80\r\nGET /a HTTP/1.1\r\nHost: dl.example.com\r\n\r\n',
        'GET /a HTTP/1.1\r\nHost: dl.example.com\r\nConnection: close\r\n\r\n',
      );
      expect(text.match(/^location: .*$/gim)).to.deep.equal([`location: ${WEST}`, `location: ${WEST}`]);
    });

    it('closes on a malformed PROXY header', async () => {
      await start({ trusted: ['127.0.0.0/8'] });
      expect(
        await sendRaw(port(), 'PROXY TCP4 x\r\nGET / HTTP/1.1\r\nHost: dl.example.com\r\n\r\n'),
      ).to.equal('');
      expect(endpoint.counts.badProxyHeader).to.equal(1);
    });

    it('closes on a PROXY header that never ends', async () => {
      await start({ trusted: ['127.0.0.0/8'] }, { headersMs: 50 });
      expect(await sendRaw(port(), 'PROXY TCP4')).to.equal('');
      expect(endpoint.counts.badProxyHeader).to.equal(1);
    });

    it('refuses a PROXY header of anyone else', async () => {
      await start();
      const response = await ask(REQUEST, 'PROXY TCP4 203.0.113.7 198.51.100.1 56324 80\r\n');
      expect(response.status).to.equal(400);
      expect(endpoint.counts.badHttp).to.equal(1);
    });
  });

  describe('refuses', () => {
    const cases: readonly { name: string; head: string; status: number; allow?: string }[] = [
      { name: 'an unknown host', head: 'GET / HTTP/1.1|Host: evil.example', status: 404 },
      {
        name: 'an unknown host in absolute-form',
        head: 'GET http://evil.example/ HTTP/1.1|Host: dl.example.com',
        status: 404,
      },
      { name: 'an address as host', head: 'GET / HTTP/1.1|Host: [::1]:80', status: 404 },
      { name: 'HTTP/1.1 without Host', head: 'GET / HTTP/1.1|Accept: */*', status: 400 },
      { name: 'HTTP/1.0 without Host', head: 'GET / HTTP/1.0|Accept: */*', status: 400 },
      { name: 'an empty Host', head: 'GET / HTTP/1.1|Host:', status: 400 },
      { name: 'two Hosts', head: 'GET / HTTP/1.1|Host: dl.example.com|Host: dl.example.com', status: 400 },
      { name: 'a malformed Host', head: 'GET / HTTP/1.1|Host: dl.example.com/evil', status: 400 },
      {
        name: 'a malformed Host beside absolute-form',
        head: 'GET http://dl.example.com/ HTTP/1.1|Host: a b',
        status: 400,
      },
      { name: 'a way up', head: 'GET /../secret HTTP/1.1|Host: dl.example.com', status: 400 },
      { name: 'an encoded way up', head: 'GET /%2e%2e%2fsecret HTTP/1.1|Host: dl.example.com', status: 400 },
      { name: 'a backslash', head: 'GET /\\evil.example HTTP/1.1|Host: dl.example.com', status: 400 },
      {
        name: 'an encoded CR LF',
        head: 'GET /%0d%0aSet-Cookie:a=b HTTP/1.1|Host: dl.example.com',
        status: 400,
      },
      { name: 'a raw NUL', head: 'GET /\0 HTTP/1.1|Host: dl.example.com', status: 400 },
      { name: 'a raw CR', head: 'GET /\rx HTTP/1.1|Host: dl.example.com', status: 400 },
      { name: 'POST', head: 'POST / HTTP/1.1|Host: dl.example.com', status: 405, allow: 'GET, HEAD' },
      {
        name: 'POST with a body',
        head: 'POST / HTTP/1.1|Host: dl.example.com|Content-Length: 100000',
        status: 405,
        allow: 'GET, HEAD',
      },
      { name: 'OPTIONS *', head: 'OPTIONS * HTTP/1.1|Host: dl.example.com', status: 405, allow: 'GET, HEAD' },
      {
        name: 'CONNECT',
        head: 'CONNECT evil.example:443 HTTP/1.1|Host: evil.example:443',
        status: 405,
        allow: 'GET, HEAD',
      },
      { name: 'an unknown method', head: 'BREW / HTTP/1.1|Host: dl.example.com', status: 400 },
      { name: 'HTTP/2', head: 'PRI * HTTP/2.0', status: 400 },
      {
        name: 'a target beyond the limit',
        head: `GET /${'a'.repeat(9000)} HTTP/1.1|Host: dl.example.com`,
        status: 414,
      },
      {
        name: 'a header beyond the limit',
        head: `GET / HTTP/1.1|Host: dl.example.com|X: ${'a'.repeat(17000)}`,
        status: 431,
      },
      {
        name: 'a request that could be smuggled',
        head: 'GET / HTTP/1.1|Host: dl.example.com|Content-Length: 3|Transfer-Encoding: chunked',
        status: 400,
      },
    ];
    for (const { name, head, status, allow } of cases) {
      it(`${name} with ${status}`, async () => {
        await start();
        const response = await ask(head);
        expect(response.status).to.equal(status);
        expect(response.headers.get('allow')).to.equal(allow);
        expect(response.headers.has('location')).to.equal(false);
        expect(endpoint.counts.redirected).to.equal(0);
      });
    }

    it('octets that are no HTTP', async () => {
      await start();
      expect(parseResponse(await sendRaw(port(), '\x16\x03\x01\x02\x00\x01')).status).to.equal(400);
    });

    it('a header that never ends with 408', async () => {
      await start({}, { headersMs: 50, requestMs: 50 });
      expect(parseResponse(await sendRaw(port(), 'GET / HTTP/1.1\r\nHost: dl')).status).to.equal(408);
      expect(endpoint.counts.timeouts).to.equal(1);
    });

    it('connections beyond the limit', async () => {
      await start({}, { maxConnections: 1 });
      const first = connect(port(), '127.0.0.1');
      await new Promise((resolve) => first.once('connect', resolve));
      expect(await sendRaw(port(), 'GET / HTTP/1.1\r\nHost: dl.example.com\r\n\r\n')).to.equal('');
      first.destroy();
    });
  });

  describe('answers URLFWD records', () => {
    const cases: readonly { name: string; target: string; status: number; location?: string }[] = [
      { name: 'with their code', target: '/', status: 301, location: 'https://new.example/' },
      {
        name: 'with path and query',
        target: '/docs/a?b',
        status: 302,
        location: 'https://new.example/manual/a?b',
      },
      { name: 'not beside their paths', target: '/other', status: 404 },
      { name: 'with 500 when the target is no URL', target: '/broken', status: 500 },
    ];
    for (const { name, target, status, location } of cases) {
      it(name, async () => {
        await start();
        const response = await ask(`GET ${target} HTTP/1.1|Host: old.example.com`);
        expect(response.status).to.equal(status);
        expect(response.headers.get('location')).to.equal(location);
        const cached = location === undefined ? 'no-store' : 'public, max-age=300';
        expect(response.headers.get('cache-control')).to.equal(cached);
      });
    }
  });

  it('ends idle connections when it closes', async () => {
    await start({ trusted: ['127.0.0.0/8'] });
    const silent = connect(port(), '127.0.0.1');
    const ended = new Promise((resolve) => silent.once('close', resolve));
    await new Promise((resolve) => silent.once('connect', resolve));
    await endpoint.close();
    await ended;
  });
});

describe('startRedirect', () => {
  it('names the port that is taken, and leaves nothing open', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const source = makeSource();
    const listen = [
      { address: '127.0.0.1', port: 0 },
      { address: '127.0.0.1', port },
    ];
    const failure = await startRedirect({ listen, source: () => source, log: LOG }).catch(
      (error: Error) => error,
    );
    expect(failure).to.have.property(
      'message',
      `can't listen on TCP 127.0.0.1:${port}: the port is taken (EADDRINUSE)`,
    );
    expect(failure).to.have.property('code', 'EADDRINUSE');
    await new Promise((resolve) => other.close(resolve));
  });
});
