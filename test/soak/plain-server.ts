/** What a machine makes of a TCP client when the server has nothing to do: sends back what comes. Prints its port. */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

const server = createServer((socket) => {
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.pipe(socket);
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
