import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { CHECKOUT } from '../support/steerdns.js';

const pages = [
  ...readdirSync(CHECKOUT).filter((file) => file.endsWith('.md')),
  ...readdirSync(join(CHECKOUT, 'docs'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
];

describe('documents', () => {
  for (const page of pages) {
    it(`${page} links to files and headings that exist`, () => {
      expect(linksOf(page).filter((link) => !resolves(page, link))).to.deep.equal([]);
    });
  }

  it('README links to every page of docs/', () => {
    const linked = linksOf('README.md').map((link) => link.replace(/#.*/, ''));
    const missing = pages.filter((page) => page.startsWith('docs/') && !linked.includes(page));
    expect(missing).to.deep.equal([]);
  });

  it('ARCHITECTURE names every folder of src/, and no other', () => {
    const folders = readdirSync(join(CHECKOUT, 'src'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
    const table = readFileSync(join(CHECKOUT, 'ARCHITECTURE.md'), 'utf8');
    const named = [...table.matchAll(/^\| `([a-z]+)\/`/gm)].map((match) => match[1]);
    expect(named.sort()).to.deep.equal(folders.sort());
  });

  it('CHANGELOG tells of the version in package.json', () => {
    const { version } = JSON.parse(readFileSync(join(CHECKOUT, 'package.json'), 'utf8')) as {
      version: string;
    };
    expect(readFileSync(join(CHECKOUT, 'CHANGELOG.md'), 'utf8')).to.include(`\n## ${version}`);
  });
});

/** Targets of the page's links that stay inside the repository. */
function linksOf(page: string): string[] {
  const text = proseOf(page);
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1] as string)
    .filter((link) => !/^[a-z]+:/.test(link));
}

function resolves(page: string, link: string): boolean {
  const [path = '', heading] = link.split('#');
  const target = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(CHECKOUT, target))) return false;
  return heading === undefined || headingsOf(target).includes(heading);
}

/** As GitHub makes them: lower case, punctuation gone, hyphens for spaces. */
function headingsOf(page: string): string[] {
  return [...proseOf(page).matchAll(/^#+ (.*)$/gm)].map((match) =>
    (match[1] as string)
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** The page without its code blocks, whose comments look like headings. */
function proseOf(page: string): string {
  return readFileSync(join(CHECKOUT, page), 'utf8').replace(/^```[\s\S]*?^```$/gm, '');
}
