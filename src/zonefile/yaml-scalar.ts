/**
 * A text as a YAML scalar that YAML 1.1 and 1.2 read as that text, in flow collections too: plain where it is surely text.
 * @param text printable ASCII
 */
export function yamlText(text: string): string {
  return PLAIN.test(text) && !NOT_TEXT.test(text) ? text : quoted(text);
}

/** As {@link yamlText}, with numbers plain. */
export function yamlNumberOrText(text: string): string {
  return /^(0|-?[1-9]\d{0,9}|-?\d{1,9}\.\d{1,9})$/.test(text) ? text : yamlText(text);
}

/** No indicator at its start (YAML 1.2 §5.3), nothing in it that ends it or its collection. */
const PLAIN = /^[A-Za-z0-9_./+]([\w./+=@ -]*[\w./+=@-])?$/;

/** What YAML 1.1 takes for a truth value, null, number, time or merge key. An IPv4 address is none of them. */
const NOT_TEXT =
  /^(y|n|yes|no|true|false|on|off|null|[-+.]?\d(?!\d*(\.\d+){3}$).*|[-+]?\.(inf|nan)|[.]\d.*|=)$/i;

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
