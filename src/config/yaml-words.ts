/** What the YAML library found wrong, in the words of someone who has not read the YAML specification. */
export function plainWords(code: string, message: string): string {
  const known = PLAIN_WORDS[code];
  if (known !== undefined) return known;
  return message
    .replace(/closing (["'])quote/, 'closing $1')
    .replace(/^([A-Z])(?=[a-z])/, (first) => first.toLowerCase());
}

/** What is probably wrong with a line that is no YAML. */
export function syntaxHint(line: string): string | undefined {
  if (/\[[0-9a-f:.]*\]:\d/i.test(line)) return "an IPv6 address needs quotes: '[::1]:53'";
  if (/^\s*-?\s*\*/.test(line)) return "a text that begins with * needs quotes: '*'";
  if (/^\s*(- )?[^'"#]*: .*[^'"]: /.test(line)) return 'a text that contains ": " needs quotes';
  return undefined;
}

/** By the library's code; its own words are good for the others. */
const PLAIN_WORDS: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'a tab is no indentation in YAML: use spaces',
  MULTIPLE_DOCS: 'only one document is read: a second one starts here',
  BAD_ALIAS: 'a text must not begin with * (it names an anchor)',
  BLOCK_AS_IMPLICIT_KEY: 'a second "key: value" starts here: is the indentation right?',
  MULTILINE_IMPLICIT_KEY: 'this is no "key: value", and no part of what stands above',
  TAG_RESOLVE_FAILED: 'tags (!…) have no meaning here',
  RESOURCE_EXHAUSTION: 'nested too deep to be read',
};
