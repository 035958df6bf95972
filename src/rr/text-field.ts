import type { FieldKind } from './field.js';
import { scalar } from './number-fields.js';
import { RdataError } from './rdata-error.js';
import { TextReader } from './text-reader.js';

/** A field whose YAML is its text: of types that octoDNS does not know. */
export function textField(fromText: FieldKind['fromText'], toText: FieldKind['toText']): FieldKind {
  return {
    fromText,
    toText,
    fromYaml: (value, out, readName) => {
      const text = new TextReader(scalar(value));
      fromText(text, out, readName);
      if (text.left > 0) throw new RdataError(`has more than it takes: ${text.next().text}`);
    },
  };
}
