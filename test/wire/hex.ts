/**
 * Octets written as hexadecimal digits, blanks where they read well. `"www"` is a label: its length octet and its characters.
 * What follows `;` up to the line's end is a note.
 */
export function hex(strings: TemplateStringsArray, ...values: readonly (string | number)[]): Uint8Array {
  const text = String.raw({ raw: strings }, ...values)
    .replace(/;.*$/gm, '')
    .replace(/"([^"]*)"/g, (_, label: string) => {
      const octets = Buffer.from(label, 'latin1');
      return Buffer.of(octets.length).toString('hex') + octets.toString('hex');
    })
    .replace(/\s+/g, '');
  if (!/^([0-9a-f]{2})*$/i.test(text)) throw new Error(`not octets: ${text}`);
  return new Uint8Array(Buffer.from(text, 'hex'));
}
