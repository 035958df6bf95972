import { expect } from 'chai';
import { needTool } from '../support/tools.js';
import { ALLOWED, covers, withoutHabits } from './allowed.js';
import { askAll } from './bulk-client.js';
import { type Difference, differencesOf, formatDifference, type Responses } from './compare.js';
import { type Message, readAnswers, readMessage, type WireRecord } from './message.js';
import { type Question, questionsOf } from './questions.js';
import { nameOf, PEERS, SERVERS, type Server, type Servers, startServers, ZONES } from './servers.js';
import { wireQuery } from './wire-query.js';

/** Differences that a failing test shows. */
const SHOWN = 20;

describe('answers beside BIND, Knot and NSD', function () {
  this.timeout(240_000);
  let servers: Servers;
  let questions: Question[];
  const left: Difference[] = [];
  const used = new Set<number>();

  before(async function () {
    for (const peer of PEERS) needTool(this, peer);
    servers = await startServers();
    questions = questionsOf(await transferAll(servers));
    const responses = await Promise.all(SERVERS.map((server) => ask(servers.ports[server], questions)));
    questions.forEach((question, i) => {
      const messages = Object.fromEntries(
        SERVERS.map((server, at) => [server, (responses[at] as Message[])[i] as Message]),
      ) as Record<Server, Message>;
      for (const difference of differencesOf(question, withoutHabits(messages as Responses))) {
        const covering = ALLOWED.flatMap((entry, at) => (covers(entry, difference) ? [at] : []));
        for (const at of covering) used.add(at);
        if (covering.length === 0) left.push(difference);
      }
    });
  });

  after(() => servers?.stop());

  it('are asked for with thousands of questions', () => {
    expect(questions.length).to.be.above(20_000);
  });

  it('are no other than theirs where BIND, Knot and NSD agree', () => {
    expectNone(left.filter(({ peersAgree }) => peersAgree));
  });

  it('are theirs, or one of them agrees and the list says why', () => {
    expectNone(left.filter(({ peersAgree }) => !peersAgree));
  });

  for (const [at, entry] of ALLOWED.entries()) {
    it(`${entry.rfc}: ${entry.because}`, () => {
      expect(used.has(at), 'no such difference is left: strike the entry').to.equal(true);
    });
  }
});

function expectNone(differences: readonly Difference[]): void {
  const shown = differences.slice(0, SHOWN).map(formatDifference);
  expect(differences.length, shown.join('\n')).to.equal(0);
}

/** The records of each zone, by AXFR from a peer. */
async function transferAll({ ports }: Servers): Promise<Map<string, readonly WireRecord[]>> {
  const queries = ZONES.map((zone) => wireQuery({ name: nameOf(zone), type: 252 }));
  const responses = await askAll('tcp', ports.knotd, queries);
  return new Map(ZONES.map((zone, i) => [zone, readAnswers(responses[i] as Uint8Array)]));
}

/** Responses in the order of the questions. */
async function ask(port: number, questions: readonly Question[]): Promise<Message[]> {
  const messages: Message[] = [];
  for (const transport of ['udp', 'tcp'] as const) {
    const chosen = questions.flatMap((question, i) =>
      (question.transport === 'tcp') === (transport === 'tcp') ? [i] : [],
    );
    const queries = chosen.map((i) => {
      const question = questions[i] as Question;
      return wireQuery({ ...question, edns: question.transport === 'edns' });
    });
    const responses = await askAll(transport, port, queries);
    for (const [at, i] of chosen.entries()) messages[i] = readMessage(responses[at] as Uint8Array);
  }
  return messages;
}
