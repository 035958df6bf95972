import { Scenario } from './scenario.js';

/** RFC 1034 §6.1: the master file of the root that C.ISI.EDU loads, as far as its queries need it. */
const ROOT = `
'':
  - {type: SOA, ttl: 86400, value: {mname: SRI-NIC.ARPA., rname: HOSTMASTER.SRI-NIC.ARPA., serial: 870611, refresh: 1800, retry: 300, expire: 604800, minimum: 86400}}
  - {type: NS, ttl: 86400, values: [A.ISI.EDU., C.ISI.EDU., SRI-NIC.ARPA.]}
MIL: {type: NS, ttl: 86400, values: [SRI-NIC.ARPA., A.ISI.EDU.]}
EDU: {type: NS, ttl: 86400, values: [SRI-NIC.ARPA., C.ISI.EDU.]}
SRI-NIC.ARPA:
  - {type: A, ttl: 86400, values: [26.0.0.73, 10.0.0.51]}
  - {type: MX, ttl: 86400, value: {preference: 0, exchange: SRI-NIC.ARPA.}}
  - {type: TYPE13, ttl: 86400, value: '\\# 16 084445432d3230363006544f50533230'}
ACC.ARPA:
  - {type: A, ttl: 86400, value: 26.6.0.65}
  - {type: MX, ttl: 86400, value: {preference: 10, exchange: ACC.ARPA.}}
USC-ISIC.ARPA: {type: CNAME, ttl: 86400, value: C.ISI.EDU.}
73.0.0.26.IN-ADDR.ARPA: {type: PTR, ttl: 86400, value: SRI-NIC.ARPA.}
A.ISI.EDU: {type: A, ttl: 86400, value: 26.3.0.103}
C.ISI.EDU: {type: A, ttl: 86400, value: 10.0.0.52}
`;

/** RFC 1034 §6.1: what ISI.EDU has for the names in it. */
const ISI = `
'':
  - {type: SOA, ttl: 86400, value: {mname: VENERA, rname: action\\.domains, serial: 20, refresh: 7200, retry: 600, expire: 3600000, minimum: 60}}
  - {type: NS, ttl: 86400, values: [A.ISI.EDU., C.ISI.EDU.]}
A: {type: A, ttl: 86400, value: 26.3.0.103}
C: {type: A, ttl: 86400, value: 10.0.0.52}
VAXA: {type: A, ttl: 86400, values: [10.2.0.27, 128.9.0.33]}
`;

describe('RFC 1034: the sample name server C.ISI.EDU', () => {
  new Scenario({ zones: { '.': ROOT, 'ISI.EDU.': ISI } }).check([
    {
      it: '§6.2.1 gives the two addresses',
      ask: 'SRI-NIC.ARPA. A',
      expect: ['NOERROR aa', 'SRI-NIC.ARPA. 86400 A 26.0.0.73', 'SRI-NIC.ARPA. 86400 A 10.0.0.51'],
    },
    {
      it: '§6.2.2 answers QTYPE=* as RFC 8482 has it since',
      ask: 'SRI-NIC.ARPA. ANY',
      expect: ['NOERROR aa', 'SRI-NIC.ARPA. 3600 HINFO "RFC8482" ""'],
    },
    {
      it: '§6.2.3 gives MX, and the addresses of the exchange',
      ask: 'SRI-NIC.ARPA. MX',
      expect: [
        'NOERROR aa',
        'SRI-NIC.ARPA. 86400 MX 0 SRI-NIC.ARPA.',
        'additional:',
        'SRI-NIC.ARPA. 86400 A 26.0.0.73',
        'SRI-NIC.ARPA. 86400 A 10.0.0.51',
      ],
    },
    {
      it: '§6.2.4 says that the name exists without NS, with the SOA that RFC 2308 adds',
      ask: 'SRI-NIC.ARPA. NS',
      expect: [
        'NOERROR aa',
        'authority:',
        '. 86400 SOA SRI-NIC.ARPA. HOSTMASTER.SRI-NIC.ARPA. 870611 1800 300 604800 86400',
      ],
    },
    {
      it: '§6.2.5 says that a mistyped name does not exist',
      ask: 'SIR-NIC.ARPA. A',
      expect: [
        'NXDOMAIN aa',
        'authority:',
        '. 86400 SOA SRI-NIC.ARPA. HOSTMASTER.SRI-NIC.ARPA. 870611 1800 300 604800 86400',
      ],
    },
    {
      it: '§6.2.6 refers to the servers of MIL, with their addresses',
      ask: 'BRL.MIL. A',
      expect: [
        'NOERROR',
        'authority:',
        'MIL. 86400 NS SRI-NIC.ARPA.',
        'MIL. 86400 NS A.ISI.EDU.',
        'additional:',
        'SRI-NIC.ARPA. 86400 A 26.0.0.73',
        'SRI-NIC.ARPA. 86400 A 10.0.0.51',
        'A.ISI.EDU. 86400 A 26.3.0.103',
      ],
    },
    {
      it: '§6.2.7 follows a CNAME into the other zone that it serves',
      ask: 'USC-ISIC.ARPA. A',
      expect: ['NOERROR aa', 'USC-ISIC.ARPA. 86400 CNAME C.ISI.EDU.', 'C.ISI.EDU. 86400 A 10.0.0.52'],
    },
    {
      it: '§6.2.8 gives the CNAME alone to who asks for it',
      ask: 'USC-ISIC.ARPA. CNAME',
      expect: ['NOERROR aa', 'USC-ISIC.ARPA. 86400 CNAME C.ISI.EDU.'],
    },
    {
      it: '§4.3.2 step 2 answers from the nearest zone',
      ask: 'VAXA.ISI.EDU. A',
      expect: ['NOERROR aa', 'VAXA.ISI.EDU. 86400 A 10.2.0.27', 'VAXA.ISI.EDU. 86400 A 128.9.0.33'],
    },
    {
      it: '§3.1 keeps a dot inside a label, and the TTL of NODATA is the lesser of the two (RFC 2308 §5)',
      ask: 'VAXA.ISI.EDU. AAAA',
      expect: [
        'NOERROR aa',
        'authority:',
        'ISI.EDU. 60 SOA VENERA.ISI.EDU. action\\.domains.ISI.EDU. 20 7200 600 3600000 60',
      ],
    },
    {
      it: '§4.3.2 step 3b refers to EDU for names between the two zones',
      ask: 'MIT.EDU. A',
      expect: [
        'NOERROR',
        'authority:',
        'EDU. 86400 NS SRI-NIC.ARPA.',
        'EDU. 86400 NS C.ISI.EDU.',
        'additional:',
        'SRI-NIC.ARPA. 86400 A 26.0.0.73',
        'SRI-NIC.ARPA. 86400 A 10.0.0.51',
        'C.ISI.EDU. 86400 A 10.0.0.52',
      ],
    },
    {
      it: '§5.2.1 gives the PTR of an address',
      ask: '73.0.0.26.IN-ADDR.ARPA. PTR',
      expect: ['NOERROR aa', '73.0.0.26.IN-ADDR.ARPA. 86400 PTR SRI-NIC.ARPA.'],
    },
    {
      it: '§3.1 knows names of the tree without data: NODATA, not NXDOMAIN (RFC 8020)',
      ask: 'ARPA. A',
      expect: [
        'NOERROR aa',
        'authority:',
        '. 86400 SOA SRI-NIC.ARPA. HOSTMASTER.SRI-NIC.ARPA. 870611 1800 300 604800 86400',
      ],
    },
    {
      it: '§4.2.1 gives the NS of the root itself, and the addresses that it knows, owner names in lower case',
      ask: '. NS',
      expect: [
        'NOERROR aa',
        '. 86400 NS A.ISI.EDU.',
        '. 86400 NS C.ISI.EDU.',
        '. 86400 NS SRI-NIC.ARPA.',
        'additional:',
        'a.isi.edu. 86400 A 26.3.0.103',
        'c.isi.edu. 86400 A 10.0.0.52',
        'sri-nic.arpa. 86400 A 26.0.0.73',
        'sri-nic.arpa. 86400 A 10.0.0.51',
      ],
    },
  ]);
});
