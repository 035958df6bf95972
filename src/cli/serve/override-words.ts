import { z } from 'zod';
import type { SharedWord, WordKeeper } from '../../cluster/shared-words.js';
import { checkPattern } from '../../health/member-pattern.js';
import { aspectOf } from '../../health/merge-overrides.js';
import type { OverrideStore } from '../../health/override-store.js';
import { timeOfVersion } from '../../health/override-version.js';
import type { StoredOverride } from '../../health/state-file.js';

/**
 * Overrides as words that instances share. The key of one is what it is of and the pattern: `state web/*`, `weight web/fra1`.
 * @param onMerged called after others said something new
 */
export function overrideWords(overrides: OverrideStore, onMerged: () => void): WordKeeper {
  return {
    all: () =>
      overrides.all().map((said) => {
        const { pattern, version, ...rest } = said;
        return { key: `${aspectOf(said)} ${pattern}`, version, text: JSON.stringify(rest) };
      }),
    merge: (words) => {
      const understood = words.flatMap((word) => readOverride(word, Date.now()) ?? []);
      if (overrides.merge(understood)) onMerged();
      return words.length - understood.length;
    },
  };
}

/** A version from further ahead is of a clock that is wrong: it would win over every operator until then. */
const MAX_AHEAD_MS = 24 * 3600 * 1000;

/** @returns undefined when it is no override */
function readOverride({ key, version, text }: SharedWord, nowMs: number): StoredOverride | undefined {
  const saidAt = timeOfVersion(version);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const [, aspect, pattern] = /^(state|weight) ([^\x00-\x20\x7f]+)$/.exec(key) ?? [];
  if (saidAt === undefined || saidAt > nowMs + MAX_AHEAD_MS || pattern === undefined) return undefined;
  try {
    checkPattern(pattern);
    const said = schema.safeParse(JSON.parse(text));
    if (!said.success || aspectOf(said.data) !== aspect) return undefined;
    return { pattern, version, ...said.data };
  } catch {
    return undefined;
  }
}

/** The latest time that there is, in ms since 1970 (ECMA-262 §21.4.1.1). */
const time = z.number().nonnegative().max(8.64e15);

const common = {
  since: time,
  until: time.exactOptional(),
  reason: z
    .string()
    .max(200)
    .regex(/^\P{Cc}*$/u)
    .exactOptional(),
};

const schema = z.union([
  z.object({ override: z.enum(['none', 'drain', 'up', 'down']), ...common }),
  z.object({ override: z.literal('weight'), weight: z.int().min(0).max(65535).exactOptional(), ...common }),
]);
