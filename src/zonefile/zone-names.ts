import { domainToASCII } from 'node:url';
import { RdataError, shown } from '../rr/rdata-error.js';
import { formatName, NameError, parseName, ROOT_NAME } from '../wire/name.js';

/**
 * Reads an owner name of octoDNS YAML: relative to the apex, `''` the apex, Unicode by IDNA.
 * @returns absolute, in wire form, case as written
 * @throws NameError with the hint in `cause`
 */
export function readOwnerName(text: string, apex: Uint8Array): Uint8Array {
  if (text === '') return apex;
  if (text === '@')
    throw new NameError('"@" is no owner name in octoDNS YAML', { cause: "write '' for the apex" });
  if (/\s/.test(text)) throw new NameError(`owner name ${shown(text)} has a space in it`);
  if (text.endsWith('.') && !text.endsWith('\\.')) {
    throw new NameError(`owner name ${shown(text)} ends with a dot`, { cause: relativeHint(text, apex) });
  }
  return parseName(toAscii(text), apex);
}

/** Which names without a final dot a field takes. */
export const Undotted = { REFUSED: 0, RELATIVE: 1, ABSOLUTE: 2 } as const;
export type Undotted = (typeof Undotted)[keyof typeof Undotted];

/**
 * Reads a name in RDATA: octoDNS wants it absolute, with its final dot; Unicode by IDNA.
 * @param undotted what a name without final dot is
 * @throws RdataError, NameError
 */
export function readTargetName(text: string, apex: Uint8Array, undotted: Undotted): Uint8Array {
  if (text === '') throw new RdataError('is missing');
  if (text === '.') return ROOT_NAME;
  const ascii = toAscii(text);
  const odd = /(?<!\\)[\s"(),:;<>@[\]{}]/.exec(ascii)?.[0];
  if (odd !== undefined) {
    const hint = ascii.includes('://') ? 'a URL is not a domain name' : undefined;
    throw new RdataError(`must be a domain name but ${shown(text)} has ${JSON.stringify(odd)} in it`, hint);
  }
  if (/(^|[^\\])(\\\\)*\.$/.test(ascii)) return parseName(ascii);
  if (undotted === Undotted.RELATIVE) return parseName(ascii, apex);
  if (undotted === Undotted.ABSOLUTE) return parseName(ascii);
  throw new UndottedError(
    `must end with a dot but is ${shown(text)}`,
    `write ${JSON.stringify(`${text}.`)}, or ${JSON.stringify(`${text}.${formatName(apex)}`)} for a name in this zone`,
  );
}

/** A name that octoDNS refuses only because its final dot is missing. */
export class UndottedError extends RdataError {}

/** Each label that has other than ASCII characters by IDNA (UTS #46); ASCII labels, `*` and `_tcp` too, as they are. */
export function toAscii(name: string): string {
  if (/^[\0-\x7f]*$/.test(name)) return name;
  return name.split('.').map(labelToAscii).join('.');
}

function labelToAscii(label: string): string {
  if (/^[\0-\x7f]*$/.test(label)) return label;
  // With a label after it, so that digits of other scripts are no IPv4 address.
  const ascii = domainToASCII(`${label}.x`);
  if (ascii === '') throw new NameError(`label ${shown(label)} is not allowed in a domain name (IDNA)`);
  return ascii.slice(0, -'.x'.length);
}

function relativeHint(text: string, apex: Uint8Array): string {
  const zone = formatName(apex);
  const lower = text.toLowerCase();
  if (lower === zone.toLowerCase()) return "owner names are relative to the apex: write ''";
  const inside = lower.endsWith(`.${zone.toLowerCase()}`);
  const relative = inside ? text.slice(0, -zone.length - 1) : text.slice(0, -1);
  return `owner names are relative to the apex: write ${JSON.stringify(relative)}`;
}
