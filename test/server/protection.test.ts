import { expect } from 'chai';
import { ServerCookies } from '../../src/answer/cookies.js';
import { Exchange } from '../../src/answer/exchange.js';
import { Protection, type ProtectionSettings } from '../../src/server/protection.js';
import { parseQuery, Query } from '../../src/wire/query.js';
import { buildQuery } from '../wire/build-query.js';
import { hex } from '../wire/hex.js';

const RRL = { rate: 50, burst: 125, slip: 1, dryRun: false, allow: [] };
const NOW = 1_800_000_000;

const UNKNOWN = 1;
const VALID = 2;

describe('Protection', () => {
  const opened: Protection[] = [];

  afterEach(() => {
    for (const protection of opened.splice(0)) protection.close();
  });

  function open(): Protection {
    const protection = new Protection();
    opened.push(protection);
    return protection;
  }

  function messageOf(protection: Protection, settings: Partial<ProtectionSettings>) {
    const message = protection.messageOf({ rrl: undefined, cookies: undefined, ...settings });
    if (message.kind !== 'protection') throw new Error(message.kind);
    return message;
  }

  function cookiesOf(protection: Protection, secrets: readonly Uint8Array[] = []): ServerCookies {
    const { cookieSecrets } = messageOf(protection, { cookies: { secrets } });
    if (cookieSecrets === undefined) throw new Error('no secrets');
    return new ServerCookies(cookieSecrets);
  }

  /** Gives a cookie; gets what is thought of it, and the next one. */
  function exchangeCookie(cookies: ServerCookies, cookie: Uint8Array): { state: number; next: Uint8Array } {
    const exchange = new Exchange();
    exchange.query = buildQuery({ name: '.', type: 2, opt: { options: [{ code: 10, data: cookie }] } });
    exchange.address.set([192, 0, 2, 1]);
    const query = new Query();
    parseQuery(exchange.query, exchange.query.length, query);
    const next = new Uint8Array(24);
    const state = cookies.answer(query, exchange, NOW, next);
    return { state, next };
  }

  it('switches on what is configured alone', () => {
    const protection = open();
    expect(messageOf(protection, {})).to.deep.equal({
      kind: 'protection',
      rrl: undefined,
      cookieSecrets: undefined,
    });
    expect(messageOf(protection, { rrl: RRL })).to.include.keys('rrl');
  });

  it('keeps loads and random secrets over reloads, in memory that threads share', () => {
    const protection = open();
    const settings = { rrl: RRL, cookies: { secrets: [] } };
    const before = messageOf(protection, settings);
    const after = messageOf(protection, { ...settings, rrl: { ...RRL, rate: 10 } });
    expect(after.rrl?.table).to.equal(before.rrl?.table);
    expect(after.rrl?.table.buffer).to.be.instanceOf(SharedArrayBuffer);
    expect(after.cookieSecrets).to.equal(before.cookieSecrets);
    expect(after.cookieSecrets?.buffer).to.be.instanceOf(SharedArrayBuffer);
  });

  it('verifies the cookies of the random secret before, and no older ones', () => {
    const protection = open();
    const cookies = cookiesOf(protection);
    const { next: first } = exchangeCookie(cookies, hex`0102030405060708`);
    expect(exchangeCookie(cookies, first)).to.deep.equal({ state: VALID, next: first });
    protection.renewSecret();
    const renewed = exchangeCookie(cookies, first);
    expect(renewed.state).to.equal(VALID);
    expect(renewed.next).to.not.deep.equal(first);
    protection.renewSecret();
    expect(exchangeCookie(cookies, first).state).to.equal(UNKNOWN);
    expect(exchangeCookie(cookies, renewed.next).state).to.equal(VALID);
  });

  it('has other random secrets, and another secret of the table, than another process', () => {
    const [one, other] = [open(), open()];
    const { next } = exchangeCookie(cookiesOf(one), hex`0102030405060708`);
    expect(exchangeCookie(cookiesOf(other), next).state).to.equal(UNKNOWN);
    const [a, b] = [one, other].map((each) => messageOf(each, { rrl: RRL }).rrl?.table.slice(0, 4096));
    expect(a).to.not.deep.equal(b);
  });

  it('takes the cookies of another process with the same secret', () => {
    const secrets = [hex`e5e973e5a6b2a43f48e7dc849e37bfcf`];
    const { next } = exchangeCookie(cookiesOf(open(), secrets), hex`0102030405060708`);
    expect(exchangeCookie(cookiesOf(open(), secrets), next)).to.deep.equal({ state: VALID, next });
  });
});
