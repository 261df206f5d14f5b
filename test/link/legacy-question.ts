/**
 * `node legacy-question.ts NAME TYPE`: asks the group of mDNS from a port of its own, as a plain DNS client does, and
 * prints the data of each answer of the first reply within a second (RFC 6762, section 6.7). dig would not hear it: it
 * comes from another address than it was asked of.
 */
import { createSocket } from 'node:dgram';
import { typeFromName } from '../../src/wire/codes.ts';
import { readMessage } from '../../src/wire/message.ts';
import { recordDataText } from '../../src/wire/presentation.ts';
import { writeQuery } from '../../src/wire/write-query.ts';

const PATIENCE = 1000;
const [name, typeText] = process.argv.slice(2);
const type = typeFromName(typeText!)!;
const socket = createSocket('udp4');
socket.on('message', (packet) => {
  for (const record of readMessage(packet).answer) {
    if (record.type === type) console.log(recordDataText(record.type, record.data));
  }
  socket.close();
});
socket.send(
  writeQuery({ id: 4711, flags: 0, question: { name: name!, type, class: 1 }, edns: undefined }),
  5353,
  '224.0.0.251',
);
setTimeout(() => socket.close(), PATIENCE).unref();
