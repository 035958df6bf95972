import { RdataError, shown } from '../rr/rdata-error.js';

/** The range of $GENERATE: `1-254` or `0-254/2`. */
export interface GenerateRange {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** @throws RdataError with what follows "range" */
export function parseRange(text: string): GenerateRange {
  const [, from, to, step = '1'] = /^(\d{1,10})-(\d{1,10})(?:\/(\d{1,10}))?$/.exec(text) ?? [];
  if (from === undefined || to === undefined || Number(step) < 1) {
    throw new RdataError(`must be START-STOP or START-STOP/STEP but is ${shown(text)}`);
  }
  if (Number(from) > Number(to)) throw new RdataError(`must not go down but is ${shown(text)}`);
  return { from: Number(from), to: Number(to), step: Number(step) };
}

export function countOf({ from, to, step }: GenerateRange): number {
  return Math.floor((to - from) / step) + 1;
}

/**
 * Puts a number into a template of $GENERATE: `$` is the number, `${OFFSET,WIDTH,BASE}` the number plus an offset, with at
 * least so many digits, in base d, o, x or X, or as nibbles with dots between, last first, n or N. `$$` is a dollar sign, and
 * after a backslash every character is itself.
 * @throws RdataError
 */
export function expandTemplate(template: string, value: number): string {
  return template.replace(/\\[\s\S]|\$\$|\$(?:\{([^}]*)\})?/g, (found, modifier: string | undefined) => {
    if (found.startsWith('\\')) return found;
    if (found === '$$') return '$';
    return modifier === undefined ? String(value) : expandModifier(modifier, value);
  });
}

function expandModifier(modifier: string, value: number): string {
  const form = /^([-+]?\d{1,10})(?:,(\d{1,3})(?:,([doxXnN]))?)?$/.exec(modifier);
  if (form === null) {
    throw new RdataError(`has a modifier that must be {OFFSET,WIDTH,BASE} but is ${shown(`{${modifier}}`)}`);
  }
  const number = value + Number(form[1]);
  const width = Number(form[2] ?? 0);
  // A number of the name has no sign; 255 octets are the most that a name or string takes.
  if (number < 0) throw new RdataError(`has a number below 0: ${value}${form[1]}`);
  if (width > 255) throw new RdataError(`has a width of more than 255: ${width}`);
  switch (form[3] ?? 'd') {
    case 'n':
      return nibbles(number, width);
    case 'N':
      return nibbles(number, width).toUpperCase();
    case 'o':
      return number.toString(8).padStart(width, '0');
    case 'x':
      return number.toString(16).padStart(width, '0');
    case 'X':
      return number.toString(16).toUpperCase().padStart(width, '0');
    default:
      return String(number).padStart(width, '0');
  }
}

/** @param width counts the dots as well; an even one ends with a dot, for names go on */
function nibbles(number: number, width: number): string {
  let text = '';
  do {
    text += (number % 16).toString(16);
    number = Math.floor(number / 16);
    if (number > 0 || text.length < width) text += '.';
  } while (number > 0 || text.length < width);
  return text;
}
