/** Keys whose values are secrets, in whatever map. */
const SECRET_KEY = 'secrets?|hash|(?:sentinel_)?password';

const IS_SECRET_KEY = new RegExp(`^(?:${SECRET_KEY})$`);

const KEY = `["']?(?:${SECRET_KEY})["']?\\s*:\\s*`;
const QUOTED = `\\[[^\\]]*|"(?:[^"\\\\]|\\\\.)*"?|'[^']*'?`;

/** What stands at such a key within a flow map: up to the next entry. */
const IN_FLOW = new RegExp(`([{,]\\s*${KEY})(${QUOTED}|[^,}]*)`, 'gu');

/** At the start of a line: up to a comment. */
const AT_START = new RegExp(`(^[\\s-]*${KEY})(${QUOTED}|(?:(?!\\s#).)*)`, 'gu');

/** The password of a URL. */
const URL_PASSWORD = /(:\/\/[^/\s@]*?:)([^@\s]+)(?=@)/gu;

/** True for the path of a value that no message may show. */
export function isSecretPath(path: readonly PropertyKey[]): boolean {
  return (
    path.some((key) => typeof key === 'string' && IS_SECRET_KEY.test(key)) ||
    // A URL of Redis may have a password in it, and one that can't be read could have it anywhere.
    (path.includes('redis') && path.includes('url'))
  );
}

/** A line of a file as logs and clients of the API may see it. Columns stay what they are. */
export function withoutSecrets(line: string): string {
  const hide = (_: string, before: string, secret: string): string => before + secret.replace(/\S/gu, '*');
  return line.replace(AT_START, hide).replace(IN_FLOW, hide).replace(URL_PASSWORD, hide);
}
