/** A pattern that no member's key can match. The message says what is expected. */
class PatternError extends Error {
  readonly code = 'ERR_MEMBER_PATTERN';
}

/**
 * Checks a pattern of `service/member`.
 * @throws PatternError
 */
export function checkPattern(pattern: string): void {
  const slash = pattern.lastIndexOf('/');
  if (slash > 0 && slash < pattern.length - 1) return;
  const name = pattern.replaceAll('/', '');
  const hint =
    name === '' || name === '*' ? '"*/*" is every member' : `did you mean "*/${name}" or "${name}/*"?`;
  throw new PatternError(`expected SERVICE/MEMBER, got ${JSON.stringify(pattern)}: ${hint}`);
}

/** True when the whole text matches: `*` stands for any run of characters, `/` included, `?` for one, but `except`. Takes |pattern|·|text| steps. */
export function matchesPattern(pattern: string, text: string, except?: string): boolean {
  let at = 0;
  let star = -1;
  let starText = 0;
  let i = 0;
  while (i < text.length) {
    const wanted = pattern[at];
    if (wanted === '*') {
      star = at++;
      starText = i;
    } else if ((wanted === '?' && text[i] !== except) || wanted === text[i]) {
      at++;
      i++;
    } else if (star >= 0) {
      // The last star takes one character more; earlier ones never need to.
      at = star + 1;
      i = ++starText;
    } else {
      return false;
    }
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}

/** True when every text that matches `narrow` matches `wide`. Takes |wide|·|narrow| steps. */
export function coversPattern(wide: string, narrow: string): boolean {
  // A star of the narrow one can be matched by a star alone: as a character it is one that no question mark takes.
  return matchesPattern(wide, narrow, '*');
}

/** True when some text matches both patterns. Takes |a|·|b| steps. */
export function patternsOverlap(a: string, b: string): boolean {
  // meet[j]: the rest of a from i and the rest of b from j have a text in common; from the ends backwards.
  let meet: boolean[] = [];
  for (let i = a.length; i >= 0; i--) {
    const below = meet;
    meet = [];
    for (let j = b.length; j >= 0; j--) {
      if (a[i] === '*' || b[j] === '*') {
        // The star ends here, or takes what the other side has next: one step in one of the two either way.
        meet[j] = (i < a.length && below[j] === true) || (j < b.length && meet[j + 1] === true);
      } else if (i === a.length || j === b.length) {
        meet[j] = i === a.length && j === b.length;
      } else {
        meet[j] = (a[i] === b[j] || a[i] === '?' || b[j] === '?') && below[j + 1] === true;
      }
    }
  }
  return meet[0] === true;
}
