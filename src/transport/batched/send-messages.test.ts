import assert from 'node:assert/strict';
import { platform } from 'node:os';
import { test } from 'node:test';
import { Inbox, text } from '../../../test/battery/transport.ts';
import { bindUdp } from '../../../test/battery/udp.ts';
import { loadLibC } from './libc.ts';
import { MSG_DONTWAIT } from './linux.ts';
import { MessageMemory, MessageRow, nameAt } from './message-ring.ts';
import { sendMessages } from './send-messages.ts';
import { UdpDescriptor } from './udp-descriptor.ts';

if (platform() === 'linux') await testsOfSending();

async function testsOfSending(): Promise<void> {
  const libc = await loadLibC();

  /** Which of five messages go to port 0, where nothing can be sent. */
  const rows: readonly { title: string; forged: readonly number[] }[] = [
    { title: 'all are sent', forged: [] },
    { title: 'a bad first one is left out', forged: [0] },
    { title: 'a bad one in the middle is left out', forged: [2] },
    { title: 'bad ones in a row are left out', forged: [1, 2] },
    { title: 'a bad last one is left out', forged: [4] },
    { title: 'all are bad', forged: [0, 1, 2, 3, 4] },
  ];
  for (const { title, forged } of rows) {
    test(`of five messages ${title}`, async () => {
      const receiver = await bindUdp(0, '127.0.0.1');
      const inbox = new Inbox();
      receiver.on('message', (packet) => inbox.put(packet));
      const descriptor = UdpDescriptor.open(libc, '127.0.0.1', 0, 'first');
      try {
        const row = new MessageRow(libc, new MessageMemory(libc, 64));
        row.memory.payload.bytes.write('01234');
        for (let slot = 0; slot < 5; slot++) {
          row.point(slot, slot, slot, 1);
          row.measure(slot, 16, 0);
          const name = row.memory.names.bytes.subarray(nameAt(slot) * 4);
          name.set([2, 0, 0, 0, 127, 0, 0, 1]);
          name.writeUInt16BE(forged.includes(slot) ? 0 : receiver.address().port, 2);
        }
        assert.equal(sendMessages(libc, descriptor.number, row, 5, MSG_DONTWAIT), forged.length);
        for (const slot of [0, 1, 2, 3, 4].filter((index) => !forged.includes(index))) {
          assert.equal(text(await inbox.next()), String(slot));
        }
      } finally {
        descriptor.close();
        receiver.close();
      }
    });
  }

  test('drops by the system are counted once each', async () => {
    const descriptor = UdpDescriptor.open(libc, '127.0.0.1', 0, 'first');
    const sender = await bindUdp(0, '127.0.0.1');
    const { port } = descriptor;
    const datagram = Buffer.alloc(8000);
    const send = (): Promise<void> =>
      new Promise((resolve) => sender.send(datagram, port, '127.0.0.1', () => resolve()));
    try {
      assert.equal(descriptor.newDrops(), 0);
      for (let count = 0; count < 500; count++) await send();
      const row = new MessageRow(libc, new MessageMemory(libc, 8));
      row.makeRoom(0);
      row.point(0, 0, 0, 8);
      let received = 0;
      while (libc.recvmmsg(descriptor.number, row.address(0), 1, MSG_DONTWAIT, 0) === 1) received++;
      assert.ok(received < 500, 'the buffer is smaller');
      assert.equal(descriptor.newDrops(), 500 - received);
      assert.equal(descriptor.newDrops(), 0);
    } finally {
      descriptor.close();
      sender.close();
    }
  });
}
