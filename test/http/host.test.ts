import { expect } from 'chai';
import { parseHost } from '../../src/http/host.js';

describe('parseHost', () => {
  const cases: readonly { text: string; host: string | undefined }[] = [
    { text: 'dl.example.com', host: 'dl.example.com' },
    { text: 'DL.Example.COM', host: 'dl.example.com' },
    { text: 'dl.example.com.', host: 'dl.example.com' },
    { text: 'dl.example.com:8080', host: 'dl.example.com' },
    { text: 'dl.example.com.:8080', host: 'dl.example.com' },
    { text: 'dl.example.com:', host: 'dl.example.com' },
    { text: '192.0.2.1:80', host: '192.0.2.1' },
    { text: '[2001:DB8:0::1]:80', host: '[2001:db8::1]' },
    { text: 'a_b.example', host: 'a_b.example' },
    { text: '', host: undefined },
    { text: '.', host: undefined },
    { text: ':80', host: undefined },
    { text: 'a..b', host: undefined },
    { text: 'dl.example.com..', host: undefined },
    { text: 'dl.example.com:65536', host: undefined },
    { text: 'dl.example.com:80:80', host: undefined },
    { text: 'dl.example.com:8o', host: undefined },
    { text: 'user@dl.example.com', host: undefined },
    { text: 'dl.example.com/x', host: undefined },
    { text: 'dl.example.com\\x', host: undefined },
    { text: 'dl example', host: undefined },
    { text: 'dl.example.com, evil.example', host: undefined },
    { text: 'dl%2eexample.com', host: undefined },
    { text: '2001:db8::1', host: undefined },
    { text: '[2001:db8::1', host: undefined },
    { text: '[2001:db8::g]', host: undefined },
    { text: '[::1%25lo]', host: undefined },
    { text: `${'a'.repeat(300)}`, host: undefined },
    { text: 'd\u00fcsseldorf.example', host: undefined },
  ];
  for (const { text, host } of cases) {
    it(`reads ${JSON.stringify(text.slice(0, 40))} as ${host ?? 'malformed'}`, () => {
      expect(parseHost(text)).to.equal(host);
    });
  }
});
