import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CorefileError } from '../../src/corefile/corefile.ts';
import { parsePlugin } from '../../test/kit/parse.ts';
import { mdns } from './index.ts';

const good = [
  {
    title: "the block's zone, and waits four seconds",
    text: 'mdns {\n interface eth0\n}',
    links: [{ interface: 'eth0', zones: ['example.org.'], local: false, timeout: 4000, sharing: [] }],
  },
  {
    title: 'zones in any letter case',
    text: 'mdns LAN.example lab.example {\n interface eth0\n}',
    links: [
      {
        interface: 'eth0',
        zones: ['lan.example.', 'lab.example.'],
        local: false,
        timeout: 4000,
        sharing: [],
      },
    ],
  },
  {
    title: 'two links',
    text: 'mdns a.example {\n interface eth0\n local\n}\nmdns b.example {\n interface eth1\n timeout 1s\n}',
    links: [
      { interface: 'eth0', zones: ['a.example.'], local: true, timeout: 4000, sharing: [] },
      { interface: 'eth1', zones: ['b.example.'], local: false, timeout: 1000, sharing: [] },
    ],
  },
  {
    title: 'rules for what others see',
    text: 'mdns {\n interface eth0\n share _raop._tcp to guest0\n share _ipp._tcp "Laser *" to guest0 eth1\n share _color._sub._ipp._tcp from lab* to eth1\n}',
    links: [
      {
        interface: 'eth0',
        zones: ['example.org.'],
        local: false,
        timeout: 4000,
        sharing: [
          { type: '_raop._tcp', instance: '*', host: '*', to: ['guest0'] },
          { type: '_ipp._tcp', instance: 'Laser *', host: '*', to: ['guest0', 'eth1'] },
          { type: '_color._sub._ipp._tcp', instance: '*', host: 'lab*', to: ['eth1'] },
        ],
      },
    ],
  },
  {
    title: 'zones beside those of addresses, and name servers',
    text: 'mdns lan.example 192.168.1.0/24 ip6.arpa {\n interface eth0\n nameserver NS.example\n}',
    links: [
      {
        interface: 'eth0',
        zones: ['lan.example.'],
        nameServers: ['ns.example.'],
        local: false,
        timeout: 4000,
        sharing: [],
      },
    ],
  },
  {
    title: 'the Services of clusters, with names in a file',
    text: 'mdns {\n interface eth0\n announce /var/lib/signpost/names.json\n}',
    links: [
      {
        interface: 'eth0',
        zones: ['example.org.'],
        local: false,
        timeout: 4000,
        sharing: [],
        announce: { file: '/var/lib/signpost/names.json' },
      },
    ],
  },
];
for (const { title, text, links } of good) {
  test(`mdns takes ${title}`, () =>
    assert.deepEqual(parsePlugin(mdns, text, 'example.org'), {
      links: links.map((link) => ({ nameServers: [], announce: undefined, ...link })),
    }));
}

const bad = [
  { title: 'no interface', text: 'mdns lan.example', message: /^Corefile:2: .*expected 'interface NAME'/ },
  {
    title: 'an interface without a name',
    text: 'mdns {\n interface\n}',
    message: /^Corefile:3: .*interface NAME/,
  },
  {
    title: 'the root',
    text: 'mdns . {\n interface eth0\n}',
    message: /^Corefile:2: .*'\.' cannot show a link/,
  },
  {
    title: 'local. as a zone',
    text: 'mdns local {\n interface eth0\n}',
    message: /^Corefile:2: .*'local\.' cannot show a link; .*property 'local'/,
  },
  {
    title: 'zones of addresses alone',
    text: 'mdns 192.168.1.0/24 {\n interface eth0\n}',
    message: /^Corefile:2: .*'192\.168\.1\.0\/24' cannot show a link; expected zones such as/,
  },
  {
    title: 'a name server of the link itself',
    text: 'mdns lan.example {\n interface eth0\n nameserver ns.lan.example\n}',
    message: /^Corefile:2: .*nameserver ns\.lan\.example\. is a name of the link itself/,
  },
  {
    title: 'a name server that is none',
    text: 'mdns lan.example {\n interface eth0\n nameserver ns..example\n}',
    message: /^Corefile:4: .*'ns\.\.example' is no name of a server/,
  },
  {
    title: 'a timeout that no client would wait for',
    text: 'mdns {\n interface eth0\n timeout 7s\n}',
    message: /^Corefile:4: .*timeout '7s'.* from 0s to 6s/,
  },
  {
    title: 'a property that is not there',
    text: 'mdns {\n interfaces eth0\n}',
    message: /^Corefile:3: .*'interfaces'.*interface/,
  },
  {
    title: 'one interface twice',
    text: 'mdns a.example {\n interface eth0\n}\nmdns b.example {\n interface eth0\n}',
    message: /^Corefile:5: .*eth0 is shown twice/,
  },
  {
    title: 'one zone for two links',
    text: 'mdns a.example {\n interface eth0\n}\nmdns a.example {\n interface eth1\n}',
    message: /^Corefile:5: .*a\.example\. shows two links/,
  },
  {
    title: 'local of two links',
    text: 'mdns a.example {\n interface eth0\n local\n}\nmdns b.example {\n interface eth1\n local\n}',
    message: /^Corefile:6: .*'local' can be of one link/,
  },
  {
    title: 'sharing with nobody',
    text: 'mdns {\n interface eth0\n share _raop._tcp to\n}',
    message: /^Corefile:4: .*share TYPE \[INSTANCE\] \[from HOST\] to INTERFACE/,
  },
  {
    title: 'sharing without to',
    text: 'mdns {\n interface eth0\n share _raop._tcp guest0 guest1\n}',
    message: /^Corefile:4: .*share TYPE \[INSTANCE\] \[from HOST\] to INTERFACE/,
  },
  {
    title: 'sharing from no host',
    text: 'mdns {\n interface eth0\n share _raop._tcp from to guest0\n}',
    message: /^Corefile:4: .*share TYPE \[INSTANCE\] \[from HOST\] to INTERFACE/,
  },
  {
    title: 'sharing what is no type',
    text: 'mdns {\n interface eth0\n share airplay to guest0\n}',
    message: /^Corefile:4: .*'airplay' is no type/,
  },
  {
    title: 'sharing with itself',
    text: 'mdns {\n interface eth0\n share _raop._tcp to eth0\n}',
    message: /^Corefile:2: .*eth0 cannot share with itself/,
  },
];
for (const { title, text, message } of bad) {
  test(`mdns refuses ${title}`, () => {
    assert.throws(
      () => parsePlugin(mdns, text, 'example.org'),
      (error) => error instanceof CorefileError && message.test(error.message),
    );
  });
}
