import { RdataReader } from '../rr/rdata-reader.js';
import { valueAt, type YamlNode } from '../yaml/yaml-node.js';
import { type RecordContext, reportError } from './zone-load.js';
import type { UrlForward } from './zone-source.js';

/** Reads the fields of URLFWD from the form that its row of the table of types gives them. */
export function readUrlForward(context: RecordContext, node: YamlNode, rdata: Uint8Array): UrlForward {
  const wire = new RdataReader(rdata);
  const path = decoder.decode(wire.take(wire.u8()));
  const code = wire.u16();
  const masking = wire.u8();
  const query = wire.u8();
  const target = decoder.decode(wire.rest());
  const wrong = (key: string, message: string): void => {
    const at = node.kind === 'map' ? valueAt(node, key) : undefined;
    reportError(context.load, at ?? node, `${key} ${message}`);
  };
  if (!path.startsWith('/')) wrong('path', `must begin with "/" but is ${JSON.stringify(path)}`);
  if (code !== 301 && code !== 302) wrong('code', `must be 301 or 302 but is ${code}`);
  if (masking > 2) wrong('masking', `must be 0, 1 or 2 but is ${masking}`);
  if (query > 1) wrong('query', `must be 0 or 1 but is ${query}`);
  if (!isHttpUrl(target)) {
    wrong('target', `must be a URL such as https://www.example.com/ but is ${JSON.stringify(target)}`);
  }
  return { path, target, code, masking, query };
}

const decoder = new TextDecoder();

function isHttpUrl(text: string): boolean {
  return /^https?:\/\/[^\s\p{Cc}]+$/iu.test(text) && URL.canParse(text);
}
