import { z } from 'zod';
import type { SharedWord, WordKeeper } from '../../cluster/shared-words.js';
import { checkPattern } from '../../health/member-pattern.js';
import type { OverrideStore } from '../../health/override-store.js';
import { timeOfVersion } from '../../health/override-version.js';
import type { StoredOverride } from '../../health/state-file.js';

/** Overrides as words that instances share. */
export function overrideWords(overrides: OverrideStore): WordKeeper {
  return {
    all: () =>
      overrides.all().map(({ pattern, version, ...said }) => ({
        key: pattern,
        version,
        text: JSON.stringify(said),
      })),
    merge: (words) => {
      const understood = words.flatMap((word) => readOverride(word, Date.now()) ?? []);
      overrides.merge(understood);
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
  if (saidAt === undefined || saidAt > nowMs + MAX_AHEAD_MS || /[\x00-\x20\x7f]/.test(key)) return undefined;
  try {
    checkPattern(key);
    const said = schema.safeParse(JSON.parse(text));
    return said.success ? { pattern: key, version, ...said.data } : undefined;
  } catch {
    return undefined;
  }
}

const schema = z.object({
  override: z.enum(['none', 'drain', 'up', 'down']),
  since: z.number().nonnegative().max(8.64e15),
});
