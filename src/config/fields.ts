import { z } from 'zod';

/*
 * The parts that the schemas of the formats are made of. Every message is what completes "KEY must be …"; a second line of
 * it is a hint. See check-yaml.ts, which makes sentences of them.
 */

/** A map with these keys and no other. */
export function mapOf<Shape extends z.core.$ZodShape>(shape: Shape, what = 'a map') {
  // check-yaml.ts takes the message of unknown keys as the list of known ones, for suggestions.
  const known = Object.keys(shape).join(' ');
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? known : what),
  });
}

/** A map whose keys are names that the user chooses. */
export function namedMap<Value extends z.core.SomeType>(what: string, value: Value) {
  return z.record(chosenName(), value, { error: `a map of ${what}` });
}

/** One of these words. @param absent words that will be understood one day, with what to say of them */
export function oneOf<const Words extends readonly [string, ...string[]]>(
  words: Words,
  absent: { readonly words: readonly string[]; readonly hint: string } = { words: [], hint: '' },
) {
  return z.enum(words, {
    error: ({ input }) =>
      absent.words.includes(String(input))
        ? `${listed(words)}\n${String(input)} ${absent.hint}`
        : listed(words),
  });
}

/** `rr, wrr or fo` */
function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

export function integer(min: number, max: number) {
  const whole = `a whole number from ${min} to ${max}`;
  const range = `${min} to ${max}`;
  return z.number({ error: whole }).int({ error: whole, abort: true }).min(min, range).max(max, range);
}

function degrees(most: number) {
  const range = `${-most} to ${most}`;
  return z
    .number({ error: `a number of degrees, ${range}` })
    .min(-most, range)
    .max(most, range);
}

export function coordinates() {
  return z.tuple([degrees(90), degrees(180)], {
    error: 'latitude and longitude in degrees, such as [50.1, 8.7]',
  });
}

/** Text of one line. */
export function text(what: string, most = 255) {
  const message = `${what}, at most ${most} characters on one line`;
  return (
    z
      .string({ error: what })
      .min(1, `${what}, not empty`)
      .max(most, message)
      // Not as a pattern: JSON Schema's have no flag for \p.
      .refine((value) => !/\p{Cc}/u.test(value), message)
  );
}

/** Text of which `pattern` is the whole form. */
export function pattern(what: string, form: RegExp) {
  return z.string({ error: what }).regex(form, what);
}

/**
 * A name that the user chooses. No `/` and no `*`: `service/member` and globs of it are typed in commands. Not of digits
 * alone: JavaScript puts such keys before the others, and the order of members and pools has a meaning.
 */
function chosenName() {
  return pattern(
    'a name of letters, digits, "-", "_" and ".", not of digits alone',
    /^(?!\d+$)[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
  );
}

/** A name for people, of any letters. */
export function lineName() {
  return text('the name of a line', 64);
}

/** An item, or a list of at least one. */
export function oneOrMore<Item extends z.ZodType>(what: string, item: Item) {
  return anyNumber(what, item, 1);
}

/** An item, or a list of them. */
export function anyNumber<Item extends z.ZodType>(what: string, item: Item, least = 0) {
  return z
    .union([item, z.array(item).min(least, `${what}, or a list with at least one`)], {
      error: `${what}, or a list of them`,
    })
    .transform((value) => (Array.isArray(value) ? value : [value]) as z.output<Item>[]);
}

/** `500ms`, `10s`, `5m`, `1h`, or a number of seconds → ms. */
export function duration(minMs: number, maxMs: number) {
  const what = 'a duration such as 500ms, 10s, 5m or 1h';
  const range = `${formatDuration(minMs)} to ${formatDuration(maxMs)}`;
  return z
    .union([z.number().min(0, what), z.string().regex(DURATION, what)], { error: what })
    .transform((value, context) => {
      const ms = typeof value === 'number' ? value * 1000 : parseDuration(value);
      if (ms >= minMs && ms <= maxMs) return Math.round(ms);
      context.issues.push({ code: 'custom', input: value, message: range });
      return z.NEVER;
    });
}

/** The shortest form of a duration: `90s`, `5m`, `1500ms`. */
export function formatDuration(ms: number): string {
  if (ms % 1000 !== 0) return `${ms}ms`;
  const seconds = ms / 1000;
  if (seconds === 0 || seconds % 60 !== 0) return `${seconds}s`;
  return seconds % 3600 === 0 ? `${seconds / 3600}h` : `${seconds / 60}m`;
}

/**
 * Text that a function reads.
 * @param read returns the value, or the problem, which completes "must be …" (empty: `what`), and a hint
 */
export function parsed<Value = string>(
  what: string,
  read: (text: string) => { value: Value } | { problem: string; hint?: string },
) {
  return z.string({ error: what }).transform((input, context): Value => {
    const reading = read(input);
    if ('value' in reading) return reading.value;
    const problem = reading.problem === '' ? what : reading.problem;
    const message = reading.hint === undefined ? problem : `${problem}\n${reading.hint}`;
    context.issues.push({ code: 'custom', input, message });
    return z.NEVER;
  });
}

const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

function parseDuration(value: string): number {
  const [, amount, unit = ''] = DURATION.exec(value) ?? [];
  return Number(amount) * (UNIT_MS[unit] ?? Number.NaN);
}
