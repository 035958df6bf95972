import { expect } from 'chai';
import fc from 'fast-check';
import { MAX_TARGET_OCTETS, parseRequestTarget } from '../../src/redirect/request-target.js';

describe('parseRequestTarget', () => {
  const kept: readonly { name: string; target: string; path: string; query?: string; host?: string }[] = [
    { name: 'keeps a plain path', target: '/iso/debian-12.iso', path: '/iso/debian-12.iso' },
    { name: 'keeps the query', target: '/a?b=c&d=/e?f', path: '/a', query: '?b=c&d=/e?f' },
    { name: 'keeps an empty query', target: '/a?', path: '/a', query: '?' },
    {
      name: 'keeps an encoded slash, which package names have',
      target: '/@scope%2fname',
      path: '/@scope%2fname',
    },
    { name: 'keeps encoded UTF-8', target: '/%C3%BC', path: '/%C3%BC' },
    { name: 'encodes raw octets', target: '/\xc3\xbc', path: '/%C3%BC' },
    {
      name: 'encodes what RFC 3986 does not allow',
      target: '/a"<>[]^`{|}',
      path: '/a%22%3C%3E%5B%5D%5E%60%7B%7C%7D',
    },
    { name: 'encodes it in the query too', target: '/?"<>', path: '/', query: '?%22%3C%3E' },
    { name: 'never decodes twice', target: '/%252e%252e/%252fetc', path: '/%252e%252e/%252fetc' },
    { name: 'keeps names that begin with dots', target: '/.well-known/...', path: '/.well-known/...' },
    { name: 'keeps empty segments', target: '//evil.example/', path: '//evil.example/' },
    { name: 'keeps a URL inside a path', target: '/http://evil.example/', path: '/http://evil.example/' },
    { name: 'leaves dot segments of a query alone', target: '/a?../..', path: '/a', query: '?../..' },
    { name: 'leaves a lone % of a query alone', target: '/a?100%', path: '/a', query: '?100%' },
    {
      name: 'reads absolute-form',
      target: 'http://DL.example.com:80/a?b',
      path: '/a',
      query: '?b',
      host: 'dl.example.com',
    },
    {
      name: 'reads absolute-form without a path',
      target: 'http://dl.example.com',
      path: '/',
      host: 'dl.example.com',
    },
    {
      name: 'reads absolute-form with only a query',
      target: 'HTTP://dl.example.com?a',
      path: '/',
      query: '?a',
      host: 'dl.example.com',
    },
  ];
  for (const { name, target, path, query = '', host } of kept) {
    it(name, () => {
      const expected = host === undefined ? { path, query } : { host, path, query };
      expect(parseRequestTarget(target)).to.deep.equal(expected);
    });
  }

  const refused: readonly { name: string; target: string }[] = [
    { name: 'parent segments', target: '/../secret' },
    { name: 'parent segments inside', target: '/a/../../secret' },
    { name: 'a final parent segment', target: '/a/..' },
    { name: 'a dot segment', target: '/./a' },
    { name: 'encoded dots', target: '/%2e%2e/secret' },
    { name: 'half encoded dots', target: '/.%2E/secret' },
    { name: 'an encoded slash behind dots', target: '/..%2fsecret' },
    { name: 'dots and slash encoded', target: '/a%2f%2e%2e%2fsecret' },
    { name: 'dots with a parameter', target: '/..;/manager' },
    { name: 'dots with an encoded parameter', target: '/%2e%2e%3bx=y/manager' },
    { name: 'a backslash', target: '/\\evil.example' },
    { name: 'an encoded backslash', target: '/..%5csecret' },
    { name: 'a raw CR LF', target: '/a\r\nSet-Cookie:x' },
    { name: 'an encoded CR LF', target: '/a%0d%0aSet-Cookie:x' },
    { name: 'a raw NUL', target: '/a\0' },
    { name: 'an encoded NUL', target: '/a%00.iso' },
    { name: 'a tab, which browsers drop', target: '/\t/evil.example' },
    { name: 'a raw CR LF in the query', target: '/?\r\n' },
    { name: 'a fragment', target: '/a#b' },
    { name: '% without digits', target: '/100%' },
    { name: '% with one digit', target: '/%2' },
    { name: 'no slash at the start', target: 'a' },
    { name: 'nothing', target: '' },
    { name: 'asterisk-form', target: '*' },
    { name: 'another scheme', target: 'ftp://dl.example.com/' },
    { name: 'a user in absolute-form', target: 'http://dl.example.com@evil.example/' },
    { name: 'absolute-form without a host', target: 'http:///a' },
    { name: 'a backslash in the authority', target: 'http://dl.example.com\\@evil.example/' },
  ];
  for (const { name, target } of refused) {
    it(`refuses ${name}`, () => {
      expect(parseRequestTarget(target)).to.equal('malformed');
    });
  }

  it('refuses a target beyond the limit', () => {
    expect(parseRequestTarget(`/${'a'.repeat(MAX_TARGET_OCTETS)}`)).to.equal('too long');
    expect(parseRequestTarget(`/${'a'.repeat(MAX_TARGET_OCTETS - 1)}`)).to.be.an('object');
  });

  it('never lets a target leave the URL that it is joined to', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '/',
        '//',
        '\\',
        '.',
        '..',
        '%2e',
        '%2E',
        '%2f',
        '%5c',
        '%25',
        '%',
        ';',
        '?',
        '#',
        '@',
        ':',
        '\t',
        '\r\n',
        '%0d%0a',
        '\0',
        'http:',
        'evil.example',
        '\xff',
        '"',
      ),
      fc.string({ maxLength: 4 }),
    );
    const target = fc.array(piece, { maxLength: 12 }).map((pieces) => `/${pieces.join('')}`);
    fc.assert(
      fc.property(
        target,
        fc.constantFrom('https://m.example/', 'http://m.example:8080/pub/files/'),
        (text, base) => {
          const parsed = parseRequestTarget(text);
          if (typeof parsed === 'string') return;
          const location = base + parsed.path.slice(1) + parsed.query;
          expect(location).to.match(/^[\x21-\x7e]*$/);
          const url = new URL(location);
          expect(url.origin).to.equal(new URL(base).origin);
          expect(url.username + url.password + url.hash).to.equal('');
          expect(url.pathname.startsWith(new URL(base).pathname)).to.equal(true, location);
          expect(decodeLeniently(url.pathname).split('/')).to.not.include('..');
        },
      ),
      { numRuns: 3000 },
    );
  });
});

function decodeLeniently(path: string): string {
  return path.replace(/%2e/gi, '.').replace(/%2f/gi, '/').replace(/%5c/gi, '/');
}
