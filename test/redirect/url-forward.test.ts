import { expect } from 'chai';
import { findForward, forwardLocation } from '../../src/redirect/url-forward.js';
import type { UrlForward } from '../../src/zonefile/zone-source.js';

describe('findForward', () => {
  const forwards = ['/', '/docs', '/docs/*', '/docs/old/*', '/exact/'].map((path) => forward({ path }));
  const cases: readonly { request: string; path: string | undefined }[] = [
    { request: '/', path: '/' },
    { request: '/docs', path: '/docs' },
    { request: '/docs/', path: '/docs/*' },
    { request: '/docs/a/b', path: '/docs/*' },
    { request: '/docs/old/a', path: '/docs/old/*' },
    { request: '/exact', path: undefined },
    { request: '/exact/', path: '/exact/' },
    { request: '/docsx', path: undefined },
    { request: '/Docs', path: undefined },
  ];
  for (const { request, path } of cases) {
    it(`${path === undefined ? 'matches nothing' : `takes ${path}`} for ${request}`, () => {
      expect(findForward(forwards, request)?.path).to.equal(path);
    });
  }
});

describe('forwardLocation', () => {
  const cases: readonly {
    name: string;
    record: Partial<UrlForward>;
    path: string;
    query?: string;
    location: string | undefined;
  }[] = [
    {
      name: 'forwards to the target alone',
      record: { path: '/foo/*', masking: 2 },
      path: '/foo/bar',
      location: 'https://new.example/target',
    },
    {
      name: 'appends the whole path',
      record: { path: '/foo/*', masking: 0 },
      path: '/foo/bar',
      location: 'https://new.example/target/foo/bar',
    },
    {
      name: 'appends what the wildcard captured',
      record: { path: '/foo/*', masking: 1 },
      path: '/foo/bar/x',
      location: 'https://new.example/target/bar/x',
    },
    {
      name: 'captures nothing without a wildcard',
      record: { path: '/foo', masking: 1 },
      path: '/foo',
      location: 'https://new.example/target',
    },
    {
      name: 'makes no double slash',
      record: { path: '/*', masking: 0, target: 'https://new.example/' },
      path: '/a',
      location: 'https://new.example/a',
    },
    {
      name: 'takes a target without a path',
      record: { path: '/', masking: 2, target: 'http://new.example' },
      path: '/',
      location: 'http://new.example/',
    },
    {
      name: 'drops the query by default',
      record: { path: '/' },
      path: '/',
      query: '?a=b',
      location: 'https://new.example/target',
    },
    {
      name: 'forwards the query',
      record: { path: '/', query: 1 },
      path: '/',
      query: '?a=b',
      location: 'https://new.example/target?a=b',
    },
    {
      name: 'joins two queries',
      record: { path: '/', query: 1, target: 'https://new.example/?x=y' },
      path: '/',
      query: '?a=b',
      location: 'https://new.example/?x=y&a=b',
    },
    {
      name: 'forwards no empty query',
      record: { path: '/', query: 1 },
      path: '/',
      query: '?',
      location: 'https://new.example/target',
    },
    {
      name: 'stays at the target with empty segments',
      record: { path: '/*', masking: 0, target: 'https://new.example' },
      path: '//evil.example/',
      location: 'https://new.example//evil.example/',
    },
    {
      name: 'refuses another scheme',
      record: { path: '/', target: 'javascript:alert(1)' },
      path: '/',
      location: undefined,
    },
    {
      name: 'refuses a target that is no URL',
      record: { path: '/', target: 'new.example' },
      path: '/',
      location: undefined,
    },
    {
      name: 'refuses a target without a host',
      record: { path: '/', target: 'https://' },
      path: '/',
      location: undefined,
    },
  ];
  for (const { name, record, path, query = '', location } of cases) {
    it(name, () => {
      expect(forwardLocation(forward(record), { path, query })).to.equal(location);
    });
  }
});

function forward(fields: Partial<UrlForward>): UrlForward {
  return { path: '/', target: 'https://new.example/target', code: 302, masking: 2, query: 0, ...fields };
}
