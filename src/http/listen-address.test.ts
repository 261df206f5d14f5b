import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseListenAddress } from './listen-address.ts';

const good = [
  { text: ':8080', host: '', port: 8080 },
  { text: 'localhost:9153', host: 'localhost', port: 9153 },
  { text: '127.0.0.1:0', host: '127.0.0.1', port: 0 },
  { text: '[::1]:8181', host: '::1', port: 8181 },
  { text: '[]:80', host: '', port: 80 },
];
for (const { text, host, port } of good) {
  test(`${text} is an address`, () => assert.deepEqual(parseListenAddress(text), { host, port }));
}

const bad = [
  { text: 'localhost', problem: /^missing port in address 'localhost'/ },
  { text: '8080', problem: /^missing port/ },
  { text: '[::1]', problem: /^missing port/ },
  { text: '::1:8080', problem: /^too many colons/ },
  { text: ':', problem: /^invalid port ''/ },
  { text: ':http', problem: /^invalid port 'http'/ },
  { text: ':65536', problem: /^invalid port '65536'/ },
  { text: 'a[b]:80', problem: /^invalid host/ },
  { text: 'http://x:80', problem: /^too many colons/ },
];
for (const { text, problem } of bad) {
  test(`${text} is no address`, () => {
    const found = parseListenAddress(text);
    assert.match(typeof found === 'string' ? found : JSON.stringify(found), problem);
  });
}
