import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import type { RemoteInfo, Socket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { promisify } from 'node:util';
import type { Endpoint } from '../endpoint.ts';
import type { DatagramListener, DatagramSocket } from './datagram-socket.ts';
import { socketKinds } from './test-socket-kinds.ts';

/** Notes what it is told. */
class Inbox implements DatagramListener {
  readonly datagrams: Buffer[] = [];
  readonly errors: (string | undefined)[] = [];
  /** Called with every datagram. */
  then: (() => void) | undefined;
  #expected: { readonly count: number; readonly resolve: () => void } | undefined;

  received(bytes: Uint8Array): void {
    this.datagrams.push(Buffer.from(bytes));
    bytes.fill(0);
    this.then?.();
    this.#told();
  }

  failed(error: NodeJS.ErrnoException): void {
    this.errors.push(error.code);
    this.#told();
  }

  /** Resolves once so many datagrams and errors have come. */
  async told(count: number): Promise<void> {
    if (this.#count < count) await new Promise<void>((resolve) => (this.#expected = { count, resolve }));
  }

  get #count(): number {
    return this.datagrams.length + this.errors.length;
  }

  #told(): void {
    if (this.#expected !== undefined && this.#count >= this.#expected.count) this.#expected.resolve();
  }
}

/** A UDP socket that sends everything back. */
async function echo(address: string): Promise<{ peer: Socket; endpoint: Endpoint; clients: RemoteInfo[] }> {
  const peer = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  const clients: RemoteInfo[] = [];
  peer.on('message', (bytes, client) => {
    clients.push(client);
    peer.send(bytes, client.port, client.address);
  });
  peer.bind(0, address);
  await once(peer, 'listening');
  return { peer, endpoint: { address, port: peer.address().port }, clients };
}

for (const { kind, open } of socketKinds) {
  for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) {
    test(`${kind}: sends to ${address} from a port of its own, and receives`, async () => {
      const { peer, endpoint, clients } = await echo(address);
      const inbox = new Inbox();
      const socket = open(endpoint, inbox);
      socket.send(Buffer.from('first'));
      socket.send(Buffer.from('second'));
      assert.equal(inbox.datagrams.length, 0, 'nothing is told at once');
      await inbox.told(2);
      assert.deepEqual(inbox.datagrams.map(String), ['first', 'second']);
      const { port } = clients[0]!;
      const own = address.includes(':') ? /^\[.*:.*1\]:/ : /^127\.0\.0\.1:/;
      assert.match(socket.localName, own);
      assert.ok(socket.localName.endsWith(`:${port}`));
      socket.close();
      peer.close();
    });
  }

  test(`${kind}: a source address is used`, async () => {
    const { peer, endpoint, clients } = await echo('127.0.0.1');
    const inbox = new Inbox();
    const socket = open({ ...endpoint, sourceAddress: '127.0.0.2' }, inbox);
    socket.send(Buffer.from('hello'));
    await inbox.told(1);
    assert.equal(clients[0]!.address, '127.0.0.2');
    socket.close();
    peer.close();
  });

  test(`${kind}: hears its peer alone`, async () => {
    const { peer, endpoint, clients } = await echo('127.0.0.1');
    const stranger = await echo('127.0.0.1');
    const inbox = new Inbox();
    const socket = open(endpoint, inbox);
    socket.send(Buffer.from('hello'));
    await inbox.told(1);
    await new Promise((sent) => stranger.peer.send('forged', clients[0]!.port, '127.0.0.1', sent));
    socket.send(Buffer.from('again'));
    await inbox.told(2);
    assert.deepEqual(inbox.datagrams.map(String), ['hello', 'again']);
    socket.close();
    peer.close();
    stranger.peer.close();
  });

  test(`${kind}: datagrams of no bytes and of 60,000 come whole, one of 65,520 cannot be sent`, async () => {
    const { peer, endpoint } = await echo('127.0.0.1');
    const inbox = new Inbox();
    const socket = open(endpoint, inbox);
    const large = Buffer.alloc(60_000, 'large');
    socket.send(Buffer.alloc(0));
    await inbox.told(1);
    socket.send(large);
    await inbox.told(2);
    assert.deepEqual(inbox.datagrams, [Buffer.alloc(0), large]);
    socket.send(Buffer.alloc(65_520));
    assert.deepEqual(inbox.errors, []);
    await inbox.told(3);
    assert.deepEqual(inbox.errors, ['EMSGSIZE']);
    socket.close();
    peer.close();
  });

  test(`${kind}: two hundred datagrams at once, to fifty sockets, are all told of`, async () => {
    const { peer, endpoint } = await echo('127.0.0.1');
    const inboxes = Array.from({ length: 50 }, () => new Inbox());
    const sockets = inboxes.map((inbox) => open(endpoint, inbox));
    for (const [index, socket] of sockets.entries()) {
      for (let count = 0; count < 4; count++) socket.send(Buffer.from(`to ${index}`));
    }
    await Promise.all(inboxes.map((inbox) => inbox.told(4)));
    for (const [index, { datagrams }] of inboxes.entries()) {
      assert.deepEqual(
        datagrams.map(String),
        Array.from({ length: 4 }, () => `to ${index}`),
      );
    }
    for (const socket of sockets) socket.close();
    peer.close();
  });

  test(`${kind}: a closed port is told of`, async () => {
    const { peer, endpoint } = await echo('127.0.0.1');
    peer.close();
    await once(peer, 'close');
    const inbox = new Inbox();
    const socket = open(endpoint, inbox);
    socket.send(Buffer.from('anybody there?'));
    await inbox.told(1);
    assert.deepEqual(inbox.errors, ['ECONNREFUSED']);
    socket.close();
  });

  test(`${kind}: what cannot be opened is told of a little later`, async () => {
    const inbox = new Inbox();
    const socket = open({ address: '127.0.0.1', port: 53, sourceAddress: '192.0.2.200' }, inbox);
    socket.send(Buffer.from('hello'));
    assert.deepEqual(inbox.errors, []);
    await inbox.told(1);
    assert.deepEqual(inbox.errors, ['EADDRNOTAVAIL']);
    socket.close();
    socket.close();
  });

  test(`${kind}: once closed it tells nothing, also when one closes another`, async () => {
    const { peer, endpoint } = await echo('127.0.0.1');
    const sockets: DatagramSocket[] = [];
    const inboxes = Array.from({ length: 20 }, () => new Inbox());
    const first = new Promise<void>((resolve) => {
      for (const inbox of inboxes) {
        inbox.then = () => {
          for (const socket of sockets) socket.close();
          resolve();
        };
      }
    });
    for (const inbox of inboxes) sockets.push(open(endpoint, inbox));
    for (const socket of sockets) socket.send(Buffer.from('hello'));
    await first;
    const last = new Inbox();
    const other = open(endpoint, last);
    other.send(Buffer.from('a number that was free'));
    await last.told(1);
    assert.equal(
      inboxes.reduce((total, { datagrams }) => total + datagrams.length, 0),
      1,
    );
    assert.deepEqual(last.datagrams.map(String), ['a number that was free']);
    other.close();
    peer.close();
  });
}

test('sockets that wait do not keep a process alive', async () => {
  const script = `
    const { chooseSockets } = await import(process.argv[1]);
    const { createSocket } = await import('node:dgram');
    const silent = createSocket('udp4').bind(0, '127.0.0.1', () => {
      const endpoint = { address: '127.0.0.1', port: silent.address().port };
      const socket = chooseSockets({})(endpoint, { received() {}, failed() {} });
      socket.send(Buffer.from('hello'));
      silent.unref();
      console.log('waiting');
    });`;
  const module = new URL('choose-sockets.ts', import.meta.url).href;
  const flags = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script, module];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, flags, { timeout: 90_000 });
  assert.deepEqual([stdout, stderr], ['waiting\n', '']);
});
