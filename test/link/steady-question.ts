/**
 * `node steady-question.ts SERVER NAME TYPE`: asks a DNS server a hundred times a second, on one socket, and prints a
 * line `TIME COUNT` whenever the number of records in the answer is another one than before. TIME is when the question
 * was sent, in milliseconds since the epoch: how long a busy machine takes to run this program again changes nothing.
 */
import { createSocket } from 'node:dgram';
import { HeaderFlag, typeFromName } from '../../src/wire/codes.ts';
import { writeQuery } from '../../src/wire/write-query.ts';

/** Milliseconds between two questions. */
const PACE = 10;
const [server, name, typeText] = process.argv.slice(2) as [string, string, string];
const question = { name, type: typeFromName(typeText)!, class: 1 };
const socket = createSocket('udp4');
const sentAt = new Map<number, number>();
let last: number | undefined;
let id = 0;

socket.on('message', (reply) => {
  const time = sentAt.get(reply.readUInt16BE(0));
  const count = reply.readUInt16BE(6);
  if (time === undefined || count === last) return;
  last = count;
  console.log(`${time} ${count}`);
});
socket.connect(53, server, () => {
  setInterval(() => {
    id = (id + 1) & 0xffff;
    sentAt.set(id, Date.now());
    socket.send(writeQuery({ id, flags: HeaderFlag.RD, question, edns: undefined }));
  }, PACE);
});
