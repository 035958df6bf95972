/** A piece of a text that is replaced. */
export interface Splice {
  /** Offsets into the old text. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The file's layout does not let this be edited in place; the message says why, for its operator. */
export class LayoutError extends Error {}

/**
 * Replaces pieces.
 * @param splices in any order
 * @throws LayoutError when they overlap
 */
export function applySplices(text: string, splices: readonly Splice[]): string {
  const sorted = splices.toSorted((a, b) => a.start - b.start || a.end - b.end);
  let out = '';
  let at = 0;
  for (const splice of sorted) {
    if (splice.start < at) throw new LayoutError('its parts are written into each other');
    out += text.slice(at, splice.start) + splice.text;
    at = splice.end;
  }
  return out + text.slice(at);
}

/** Offset of the line that `at` is in. */
export function lineStart(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1;
}

/** Offset behind the line that `at` is in, its end included; `at` itself at the start of a line, when it ends something. */
export function behindLine(text: string, at: number): number {
  if (at > 0 && text[at - 1] === '\n') return at;
  const newline = text.indexOf('\n', at);
  return newline < 0 ? text.length : newline + 1;
}

/** True when only spaces are before it in its line. */
export function isFirstInLine(text: string, at: number): boolean {
  return text.slice(lineStart(text, at), at).trim() === '';
}

/** The end of line that the text is written with. */
export function eolOf(text: string): '\n' | '\r\n' {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

/** Whole lines to be put in at a line's start, or at the text's end, which may lack its end of line. */
export function insertLines(text: string, at: number, lines: readonly string[]): Splice {
  const eol = eolOf(text);
  const before = at > 0 && text[at - 1] !== '\n' ? eol : '';
  return { start: at, end: at, text: before + lines.map((line) => line + eol).join('') };
}
