import { request } from 'node:http';
import { expect } from 'chai';
import { MAX_BODY_OCTETS } from '../../src/admin/read-input.js';
import { type RunningAdmin, startAdmin } from '../../src/admin/start-admin.js';
import { TestInstance } from './support.js';

const JSON_TYPE = { 'content-type': 'application/json' };

interface Ask {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

describe('the API', () => {
  let admin: RunningAdmin;
  let instance: TestInstance;
  const logged: object[] = [];

  beforeEach(async () => {
    instance = new TestInstance();
    logged.length = 0;
    const log = { warn: () => {}, error: (fields: object): void => void logged.push(fields) };
    admin = await startAdmin({ listen: { address: '127.0.0.1', port: 0 }, controls: instance, log });
  });

  afterEach(() => admin.close());

  /** By node:http and not by fetch, which does not let Host and Origin be set. */
  async function send({ method = 'GET', path, headers = {}, body }: Ask): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const { port } = admin.address;
      const asking = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (piece: string) => {
          text += piece;
        });
        response.on('end', () => {
          const json = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
          resolve({ status: response.statusCode ?? 0, headers: response.headers, json });
        });
      });
      asking.on('error', reject);
      asking.end(body);
    });
  }

  it('tells the status', async () => {
    const { status, headers, json } = await send({ path: '/v1/status' });
    expect(status).to.equal(200);
    expect(headers['content-type']).to.equal('application/json');
    expect(headers['cache-control']).to.equal('no-store');
    expect(json).to.deep.equal(instance.status());
  });

  it('answers HEAD without a body', async () => {
    const { status, json } = await send({ method: 'HEAD', path: '/v1/status' });
    expect(status).to.equal(200);
    expect(json).to.deep.equal({});
  });

  it('sets an override, lists it and clears it', async () => {
    const path = '/v1/overrides/web%2Ffra1';
    const set = await send({ method: 'PUT', path, headers: JSON_TYPE, body: '{"override": "drain"}' });
    expect(set.json).to.deep.equal({ pattern: 'web/fra1', override: 'drain', members: ['web/fra1'] });
    const list = await send({ path: '/v1/overrides' });
    expect(list.json).to.deep.equal({ overrides: instance.overrides });
    const cleared = await send({ method: 'DELETE', path });
    expect(cleared.json).to.deep.equal({ pattern: 'web/fra1', override: 'none', members: ['web/fra1'] });
    expect(instance.overrides).to.deep.equal([]);
  });

  it('takes a pattern with a plain slash, and a member of any service', async () => {
    const ask = { method: 'PUT', headers: JSON_TYPE, body: '{"override":"down"}' };
    expect((await send({ ...ask, path: '/v1/overrides/web/*' })).json).to.deep.include({
      members: ['web/fra1', 'web/ams1'],
    });
    expect((await send({ ...ask, path: '/v1/overrides/fra1' })).json).to.deep.include({
      pattern: '*/fra1',
      members: ['web/fra1', 'mirrors/fra1'],
    });
  });

  it('clears what was said of members that are gone', async () => {
    instance.overrides = [{ pattern: 'web/gone', override: 'drain', since: '2026-11-22T08:00:00.000Z' }];
    expect((await send({ method: 'DELETE', path: '/v1/overrides/web/gone' })).status).to.equal(200);
    expect(instance.overrides).to.deep.equal([]);
  });

  it('reloads', async () => {
    const { status, json } = await send({ method: 'POST', path: '/v1/reload', headers: JSON_TYPE });
    expect(status).to.equal(200);
    expect(json).to.deep.equal(instance.outcome);
  });

  it('tells why a reload is refused', async () => {
    const error = {
      severity: 'error',
      file: 'services/web.yaml',
      line: 14,
      column: 13,
      width: 2,
      message: 'weight must be 0 to 65535 but is -3',
      sourceLine: '  fra1: {weight: -3}',
    } as const;
    instance.outcome = { reloaded: false, errors: [error] };
    const { status, headers, json } = await send({
      method: 'POST',
      path: '/v1/reload',
      headers: JSON_TYPE,
      body: '{}',
    });
    expect(status).to.equal(422);
    expect(headers['content-type']).to.equal('application/problem+json');
    expect(json).to.deep.equal({
      type: 'about:blank',
      title: 'Unprocessable Entity',
      status: 422,
      detail: 'the configuration has 1 error; what was loaded before goes on serving',
      code: 'reload_refused',
      errors: [error],
    });
  });

  it('passes what to explain', async () => {
    await send({ path: '/v1/explain?name=www.example.com&from=192.0.2.1' });
    await send({ path: '/v1/explain?name=www.example.com&type=AAAA&from=2001:db8::7&ecs=203.0.113.0%2F24' });
    expect(instance.asked).to.deep.equal([
      { name: 'www.example.com', type: 'A', from: '192.0.2.1' },
      { name: 'www.example.com', type: 'AAAA', from: '2001:db8::7', ecs: '203.0.113.0/24' },
    ]);
  });

  it('tells the log, not the client, of a failure', async () => {
    instance.failure = new Error('a secret');
    const { status, json } = await send({ path: '/v1/status' });
    expect(status).to.equal(500);
    expect(JSON.stringify(json)).to.not.include('secret');
    expect(logged).to.have.length(1);
  });

  const host = (value: string): Ask => ({ path: '/v1/status', headers: { host: value } });
  const put = (body: string, path = '/v1/overrides/web/fra1'): Ask => ({
    method: 'PUT',
    path,
    headers: JSON_TYPE,
    body,
  });
  const refused: readonly { name: string; ask: Ask; status: number; code: string; detail?: string }[] = [
    {
      name: 'a host name, by which a page could be rebound',
      ask: host('evil.example:8053'),
      status: 403,
      code: 'foreign_host',
    },
    {
      name: 'a host name that looks like an address',
      ask: host('127.0.0.1.evil.example'),
      status: 403,
      code: 'foreign_host',
    },
    { name: 'a malformed host', ask: host('127.0.0.1@evil.example'), status: 403, code: 'foreign_host' },
    {
      name: 'a page of another origin',
      ask: { path: '/v1/status', headers: { origin: 'http://evil.example' } },
      status: 403,
      code: 'foreign_origin',
    },
    {
      name: 'a page without an origin',
      ask: { path: '/v1/status', headers: { origin: 'null' } },
      status: 403,
      code: 'foreign_origin',
    },
    {
      name: 'a request that a page of another site makes',
      ask: { path: '/v1/status', headers: { 'sec-fetch-site': 'cross-site' } },
      status: 403,
      code: 'foreign_origin',
    },
    {
      name: 'a form',
      ask: { method: 'POST', path: '/v1/reload', headers: { 'content-type': 'text/plain' }, body: '{}' },
      status: 415,
      code: 'not_json',
    },
    {
      name: 'a change without a content type',
      ask: { method: 'POST', path: '/v1/reload' },
      status: 415,
      code: 'not_json',
    },
    {
      name: 'another method',
      ask: { method: 'POST', path: '/v1/status' },
      status: 405,
      code: 'bad_method',
      detail: '/v1/status takes GET',
    },
    {
      name: 'a preflight',
      ask: { method: 'OPTIONS', path: '/v1/reload', headers: { origin: 'http://evil.example' } },
      status: 403,
      code: 'foreign_origin',
    },
    { name: 'another path', ask: { path: '/v2/status' }, status: 404, code: 'no_resource' },
    {
      name: 'a path that is not UTF-8',
      ask: { method: 'DELETE', path: '/v1/overrides/%ff' },
      status: 400,
      code: 'bad_target',
    },
    {
      name: 'an absolute-form target',
      ask: { path: 'http://127.0.0.1/v1/status' },
      status: 400,
      code: 'bad_target',
    },
    {
      name: 'no pattern',
      ask: put('{"override":"drain"}', '/v1/overrides/'),
      status: 400,
      code: 'bad_pattern',
    },
    {
      name: 'a pattern that matches no member ever',
      ask: put('{"override":"drain"}', '/v1/overrides/web/'),
      status: 400,
      code: 'bad_pattern',
      detail: 'expected SERVICE/MEMBER',
    },
    {
      name: 'a member that is not there',
      ask: put('{"override":"drain"}', '/v1/overrides/web/fra2'),
      status: 404,
      code: 'no_member',
      detail: 'no member matches web/fra2; did you mean "web/fra1"?',
    },
    {
      name: 'to clear a member that is not there',
      ask: { method: 'DELETE', path: '/v1/overrides/web/fra2' },
      status: 404,
      code: 'no_member',
    },
    {
      name: 'another override',
      ask: put('{"override":"off"}'),
      status: 400,
      code: 'bad_value',
      detail: 'override must be drain, up or down but is "off"',
    },
    {
      name: 'no override',
      ask: put(''),
      status: 400,
      code: 'bad_value',
      detail: 'override must be drain, up or down but is missing; or give a weight',
    },
    {
      name: 'another key',
      ask: put('{"overide":"drain"}'),
      status: 400,
      code: 'unknown_key',
      detail: 'unknown key "overide"; did you mean "override"?',
    },
    { name: 'what is no JSON', ask: put('{'), status: 400, code: 'bad_body' },
    {
      name: 'a JSON list',
      ask: put('[]'),
      status: 400,
      code: 'bad_body',
      detail: 'the body must be a JSON object',
    },
    {
      name: 'too long a body',
      ask: put(`{"override":"${'x'.repeat(MAX_BODY_OCTETS)}"}`),
      status: 413,
      code: 'body_too_large',
    },
    { name: 'to explain nothing', ask: { path: '/v1/explain' }, status: 400, code: 'bad_value' },
    {
      name: 'to explain a wrong question',
      ask: { path: '/v1/explain?name=a&type=NONSENSE&from=::1' },
      status: 400,
      code: 'bad_ask',
      detail: 'there is no RR type "NONSENSE"',
    },
    {
      name: 'an unknown parameter',
      ask: { path: '/v1/explain?name=a&form=192.0.2.1' },
      status: 400,
      code: 'unknown_key',
    },
  ];
  for (const { name, ask, status, code, detail } of refused) {
    it(`refuses ${name}`, async () => {
      const answer = await send(ask);
      expect(answer.status).to.equal(status);
      expect(answer.headers['content-type']).to.equal('application/problem+json');
      expect(answer.headers).to.not.have.property('access-control-allow-origin');
      expect(answer.json).to.include({ status, code });
      if (detail !== undefined) expect(answer.json.detail).to.equal(detail);
      expect(instance.overrides).to.deep.equal([]);
      expect(instance.reloads).to.equal(0);
    });
  }

  for (const value of ['localhost:8053', '127.0.0.1', '[::1]:8053', 'LOCALHOST']) {
    it(`takes ${value} as host`, async () => {
      expect((await send(host(value))).status).to.equal(200);
    });
  }

  it('takes its own page', async () => {
    const headers = {
      host: '127.0.0.1:8053',
      origin: 'http://127.0.0.1:8053',
      'sec-fetch-site': 'same-origin',
    };
    expect((await send({ path: '/v1/status', headers })).status).to.equal(200);
  });
});

describe('startAdmin', () => {
  it('listens on loopback addresses alone', async () => {
    const options = { controls: new TestInstance(), log: { warn: () => {}, error: () => {} } };
    for (const address of ['0.0.0.0', '::', '192.0.2.1', '127.evil']) {
      const failure = await startAdmin({ ...options, listen: { address, port: 0 } }).catch(
        (error: Error) => error,
      );
      expect(failure).to.be.instanceOf(RangeError);
    }
  });
});

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly json: Record<string, unknown>;
}
