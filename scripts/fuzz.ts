import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { addCounters, countersByName } from '../src/state/counters.js';
import { fuzzRound, type RoundReport } from '../test/fuzz/fuzz-round.js';

const USAGE = `usage: npm run fuzz -- [--messages N] [--seed S]

Sends hostile messages to the code that answers, and holds each response against what must be true of it.

  --messages N  how many (1000000)
  --seed S      of the first round (random); a failure says the seed that repeats it`;

/** Messages of a server, one round; each round has a seed of its own, which repeats it alone. */
const ROUND = 50_000;
/** What a round may keep: less than 40 octets a message. What a run of the collector leaves differs by some hundred KB. */
const MAX_GROWTH_OCTETS = 2 << 20;

process.exitCode = await run();

async function run(): Promise<number> {
  const { messages, seed } = readOptions();
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  console.log(`${messages} messages, the first seed is ${seed}`);
  const reports: RoundReport[] = [];
  const start = performance.now();
  for (let sent = 0; sent < messages; sent += ROUND) {
    const roundSeed = (seed + sent / ROUND) % 2 ** 31;
    const report = await fuzzRound(roundSeed, Math.min(ROUND, messages - sent), collectGarbage);
    reports.push(report);
    const failure = report.failure ?? growthFailure(report, roundSeed);
    if (failure !== undefined) {
      clearLine();
      console.error(
        `${failure}\nrepeat it: npm run fuzz -- --seed ${roundSeed} --messages ${Math.min(ROUND, messages)}`,
      );
      return 1;
    }
    showProgress(Math.min(messages, sent + ROUND), messages, performance.now() - start);
  }
  clearLine();
  const counters = countersByName(addCounters(reports.map(({ counters }) => counters)));
  const counted = Object.entries(counters).filter(([, count]) => count > 0);
  console.log(counted.map(([name, count]) => `${name} ${count}`).join(', '));
  const slowest = Math.max(...reports.map(({ slowestMs }) => slowestMs));
  const growth = Math.max(...reports.map((report) => report.growth));
  console.log(
    `the slowest answer took ${slowest.toFixed(1)} ms; a round kept ${Math.max(0, growth >> 10)} KiB at most`,
  );
  console.log(
    `${messages} messages in ${((performance.now() - start) / 1000).toFixed(0)} s: nothing is wrong`,
  );
  return 0;
}

function growthFailure({ growth }: RoundReport, seed: number): string | undefined {
  return growth > MAX_GROWTH_OCTETS ? `seed ${seed}: ${growth >> 10} KiB of memory were kept` : undefined;
}

function readOptions(): { messages: number; seed: number } {
  try {
    const { values } = parseArgs({
      options: { messages: { type: 'string' }, seed: { type: 'string' }, help: { type: 'boolean' } },
    });
    if (values.help === true) {
      console.log(USAGE);
      process.exit(0);
    }
    const messages = Number(values.messages ?? 1_000_000);
    const seed = Number(values.seed ?? randomInt(2 ** 31));
    if (!Number.isInteger(messages) || messages < 1)
      throw new Error(`--messages must be a number but is ${values.messages}`);
    if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 31)
      throw new Error(`--seed must be 0 to ${2 ** 31 - 1} but is ${values.seed}`);
    return { messages, seed };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    process.exit(2);
  }
}

/** On a terminal one line that changes, else a line now and then. */
function showProgress(done: number, all: number, tookMs: number): void {
  const left = ((tookMs / done) * (all - done)) / 1000;
  const text = `${done} of ${all}, ${left.toFixed(0)} s left`;
  if (process.stdout.isTTY) process.stdout.write(`\r${text}\x1b[K`);
  else if (done % (5 * ROUND) === 0) console.log(text);
}

function clearLine(): void {
  if (process.stdout.isTTY) process.stdout.write('\r\x1b[K');
}
