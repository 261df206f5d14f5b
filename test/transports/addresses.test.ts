import assert from 'node:assert/strict';
import { platform } from 'node:os';
import { test } from 'node:test';
import { HeaderFlag, RecordClass, RecordType } from '../../src/wire/codes.ts';
import { writeQuery } from '../../src/wire/write-query.ts';
import { connectUdp, freePort as freeUdpPort } from '../battery/udp.ts';
import { freePort, ServerProcess, sumOfMetric } from '../kit/server-process.ts';

/** Whole servers in processes of their own, asked at several addresses, by both kinds of UDP. */
const servers = [
  { kind: 'dgram', bind: '127.0.0.1 127.0.0.2 ::1', asked: ['127.0.0.1', '127.0.0.2', '::1'] },
  // It has a socket for each address that an interface has, and none has 127.0.0.2.
  { kind: 'dgram', bind: undefined, asked: ['127.0.0.1', '::1'] },
  { kind: '', bind: '127.0.0.1 127.0.0.2 ::1', asked: ['127.0.0.1', '127.0.0.2', '::1'] },
  { kind: '', bind: undefined, asked: ['127.0.0.1', '127.0.0.2', '::1'] },
];
for (const { kind, bind, asked } of servers) {
  const isBatched = kind === '' && platform() === 'linux';
  const places = bind === undefined ? 'all addresses' : `bind ${bind}`;
  const reachable = platform() === 'linux' ? asked : asked.filter((address) => address !== '127.0.0.2');
  const bound = platform() === 'linux' ? bind : bind?.replace(' 127.0.0.2', '');
  test(`${places}, ${kind === '' ? 'the default' : kind}: replies leave from the address that was asked`, async () => {
    const [port, metrics] = [await freeUdpPort('127.0.0.1'), await freePort()];
    const server = await ServerProcess.start(
      `.:${port} {
  ${bound === undefined ? '' : `bind ${bound}`}
  multisocket 2
  prometheus 127.0.0.1:${metrics}
  hosts {
    192.0.2.7 seven.example
  }
}`,
      [],
      { environment: { SIGNPOST_UDP: kind } },
    );
    try {
      for (const address of reachable) {
        // A connected socket hears the address that it speaks to, and no other.
        const peer = await connectUdp(port, address);
        for (let round = 0; round < 20; round++) {
          peer.send(question(round));
          const reply = Buffer.from(await peer.receive());
          assert.equal(reply.readUInt16BE(0), round);
          assert.deepEqual([...reply.subarray(-4)], [192, 0, 2, 7], address);
        }
        peer.close();
      }
      const asks = 20 * reachable.length;
      assert.equal(await sumOfMetric(metrics, 'coredns_dns_requests_total'), asks);
      assert.equal(await sumOfMetric(metrics, 'coredns_dns_requests_total', /family="2"/), 20);
      const hits = await sumOfMetric(metrics, 'signpost_wire_cache_hits_total');
      if (isBatched) assert.ok(hits >= asks / 2, `${hits} hits of workers`);
      else assert.equal(hits, 0);
      const said = server.output.filter((line) => line.includes('UDP by')).join('\n');
      assert.match(
        said,
        isBatched ? /recvmmsg and sendmmsg, 2 workers, receive buffer \d+ KiB/ : /node:dgram/,
      );
    } finally {
      assert.equal(await server.stop(), 0);
    }
  });
}

function question(id: number): Buffer {
  const asked = { name: 'seven.example.', type: RecordType.A, class: RecordClass.IN };
  return writeQuery({ id, flags: HeaderFlag.RD, question: asked, edns: undefined });
}
