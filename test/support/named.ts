import { join } from 'node:path';

/** The file that lets rndc command a named of a test. */
export const RNDC_KEY_FILE = 'rndc.key';
export const RNDC_KEY =
  'key "rndc-key" { algorithm hmac-sha256; secret "bXktc2VjcmV0LWtleS1mb3ItdGVzdHMtMTIzNDU2Nzg="; };\n';

/** A document's named.conf, its folder and everything that named writes in a folder of the test, commanded by rndc. */
export function namedIn(folder: string, text: string): string {
  const places = [
    `directory "${folder}"`,
    'pid-file none',
    'lock-file none',
    `session-keyfile "${folder}/session.key"`,
    'notify-source 192.0.2.53',
    'notify-delay 0',
  ];
  const control = `include "${folder}/${RNDC_KEY_FILE}";\ncontrols { inet 127.0.0.1 allow { 127.0.0.1; } keys { "rndc-key"; }; };\n`;
  return `${control}${text
    .replace(/directory "[^"]*"/, places.join('; '))
    .replaceAll('"/etc/bind/', `"${folder}/`)}`;
}

/** rndc as the document has it, with the key of the test. */
export function rndcIn(folder: string, command: string): string {
  return command.replace(/^rndc /, `rndc -k ${join(folder, RNDC_KEY_FILE)} `);
}
