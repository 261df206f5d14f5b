import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rcodeName } from '../src/wire/codes.ts';
import { readExtendedError } from '../src/wire/extended-error.ts';
import { startServer } from './kit/server.ts';
import { freePort } from './kit/server-process.ts';
import { temporaryFolder } from './kit/temporary-folder.ts';

const ZONE = '$TTL 60\n@ SOA ns host 1 2 3 4 5\n@ NS ns\n';

/** What a client with EDNS is told; `FOLDER` and `CLOSED` stand for a folder and a closed port. */
const rows: readonly {
  readonly title: string;
  readonly lines: string;
  readonly ask: string;
  readonly rcode: string;
  readonly code: number;
  readonly text: RegExp;
  /** Goes to clients without EDNS as well, as CoreDNS's does. */
  readonly always?: true;
}[] = [
  {
    title: 'a client that acl blocks: blocked',
    lines: 'acl {\nblock\n}\nwhoami',
    ask: 'www.test A',
    rcode: 'REFUSED',
    code: 15,
    text: /^$/,
    always: true,
  },
  {
    title: 'a type that acl filters: filtered',
    lines: 'acl {\nfilter type A\n}\nwhoami',
    ask: 'www.test A',
    rcode: 'NOERROR',
    code: 17,
    text: /^$/,
    always: true,
  },
  {
    title: 'a transfer of a zone of file: prohibited',
    lines: 'file FOLDER/zone test',
    ask: 'test AXFR',
    rcode: 'REFUSED',
    code: 18,
    text: /^no zone transfers$/,
  },
  {
    title: 'a transfer of a cluster’s zone: prohibited',
    lines: 'kubernetes test {\nmanifests FOLDER/manifests\n}',
    ask: 'test AXFR',
    rcode: 'REFUSED',
    code: 18,
    text: /^no zone transfers$/,
  },
  {
    title: 'a zone of file that could not be read: not ready',
    lines: 'file FOLDER/broken test',
    ask: 'www.test A',
    rcode: 'SERVFAIL',
    code: 14,
    text: /^zone test\. is not loaded$/,
  },
  {
    title: 'forward before resolv.conf is there: not ready',
    lines: 'forward . FOLDER/resolv.conf',
    ask: 'www.test A',
    rcode: 'SERVFAIL',
    code: 14,
    text: /^no upstream is known/,
  },
  {
    title: 'a rule of template: as it says',
    lines: 'template IN A {\nrcode NXDOMAIN\nederror 15 removed\n}',
    ask: 'www.test A',
    rcode: 'NXDOMAIN',
    code: 15,
    text: /^removed$/,
  },
  {
    title: 'an upstream that does not listen: network error',
    lines: 'forward . 127.0.0.1:CLOSED',
    ask: 'www.test A',
    rcode: 'SERVFAIL',
    code: 23,
    text: /127\.0\.0\.1:\d+: connection refused$/,
  },
];

for (const { title, lines, ask, rcode, code, text, always } of rows) {
  for (const cache of ['', 'cache']) {
    test(`extended error of ${title}${cache && ', behind a cache'}`, async (context) => {
      const folder = temporaryFolder(context, { zone: ZONE, 'manifests/none.yaml': '' });
      const filled = lines.replace('FOLDER', folder.path).replace('CLOSED', String(await freePort()));
      await using server = await startServer(`.:53 {\n${cache}\n${filled}\n}`);
      const [name, type] = ask.split(' ') as [string, string];
      const options = { protocol: 'tcp' } as const;
      const plain = (await server.ask(name, type, options))!;
      assert.equal(rcodeName(plain.rcode), rcode);
      assert.equal(plain.edns !== undefined, always === true);
      // Another name: a failure that is kept is told as such.
      const told = (await server.ask(type === 'AXFR' ? name : `other.${name}`, type, {
        ...options,
        edns: {},
      }))!;
      const error = readExtendedError(told.edns);
      assert.equal(rcodeName(told.rcode), rcode);
      assert.equal(error?.code, code);
      assert.match(error.text, text);
    });
  }
}
