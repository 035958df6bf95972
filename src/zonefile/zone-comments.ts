import type { RecordSource } from './zone-source.js';

/** Comments of a zone file and what they stand at: what `export` writes beside the records. */
export interface ZoneComments {
  /** Lines at the top of the file. */
  readonly head: readonly string[];
  /** Lines after the last record. */
  readonly trailing: readonly string[];
  /** Of each RR of a record; those at the end of the list may be missing. */
  of(record: RecordSource): readonly RrComments[];
}

/** Comments of one RR. In lists of lines '' is a blank line. */
export interface RrComments {
  /** Lines before it. */
  readonly before: readonly string[];
  /** At the end of its line; '' for none. */
  readonly beside: string;
  /** Of a SOA, by how many of its fields stand before the comment, 0 to 6: the one after the last is {@link beside}. */
  readonly fields: readonly string[];
}

/** Fields of a SOA (RFC 1035 §3.3.13). */
export const SOA_FIELDS = 7;

/** Comments of an RR that are being gathered. */
export class RrCommentList implements RrComments {
  readonly before: string[] = [];
  readonly fields: string[] = Array.from({ length: SOA_FIELDS }, () => '');
  beside = '';

  /** @param field fields that stand before it; {@link SOA_FIELDS} for a type that is not written in fields */
  addBeside(text: string, field = SOA_FIELDS): void {
    if (field >= SOA_FIELDS) this.beside = joined(this.beside, text);
    else this.fields[field] = joined(this.fields[field] as string, text);
  }
}

/** Adds a line; blank lines come one at a time, and not first. */
export function addLine(lines: string[], text: string): void {
  if (text !== '' || (lines.length > 0 && lines.at(-1) !== '')) lines.push(text);
}

/** Neither YAML nor terminals have control characters, in comments either (YAML 1.2 §5.1); nor are there lone surrogates. */
export function cleanComment(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}\u2028\u2029\ufeff\ufffe\uffff]/gu, ' ').trim();
}

function joined(before: string, text: string): string {
  return before === '' ? text : text === '' ? before : `${before}; ${text}`;
}
