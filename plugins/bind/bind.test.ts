import assert from 'node:assert/strict';
import type { NetworkInterfaceInfo } from 'node:os';
import { test } from 'node:test';
import { CorefileError } from '../../src/corefile/corefile.ts';
import { ListenAddresses } from '../../src/plugin/capability.ts';
import { Reply } from '../../src/server/reply.ts';
import { answering, pluginMap } from '../../test/kit/answering.ts';
import { startServer } from '../../test/kit/server.ts';
import { bindWith } from './index.ts';

const base = { netmask: '', mac: '00:00:00:00:00:00', internal: false, cidr: null };
const ipv4 = (address: string): NetworkInterfaceInfo => ({ ...base, family: 'IPv4', address });
const ipv6 = (address: string, scopeid = 0): NetworkInterfaceInfo => ({
  ...base,
  family: 'IPv6',
  address,
  scopeid,
});
const bind = bindWith(() => ({
  lo: [ipv4('127.0.0.1'), ipv6('::1')],
  eth0: [ipv4('192.0.2.1'), ipv6('2001:db8::1'), ipv6('fe80::1', 2)],
}));

async function listenAddresses(text: string): Promise<readonly string[] | undefined> {
  let addresses: readonly string[] | undefined;
  const asking = answering(
    'whoami',
    () => new Reply({}),
    (controller) => (addresses = controller.ask(ListenAddresses)),
  );
  await using _server = await startServer(`. {\n${text}\nwhoami\n}`, { plugins: pluginMap(bind, asking) });
  return addresses;
}

const good = [
  { text: 'bind 127.0.0.1', addresses: ['127.0.0.1'] },
  { text: 'bind 127.0.0.1 ::1', addresses: ['127.0.0.1', '::1'] },
  { text: 'bind 2001:DB8:0::1', addresses: ['2001:db8::1'] },
  { text: 'bind lo', addresses: ['127.0.0.1', '::1'] },
  { text: 'bind eth0', addresses: ['192.0.2.1', '2001:db8::1', 'fe80::1%eth0'] },
  { text: 'bind fe80::1%eth0', addresses: ['fe80::1%eth0'] },
  { text: 'bind lo 127.0.0.1', addresses: ['127.0.0.1', '::1'] },
  { text: 'bind lo\nbind 192.0.2.1', addresses: ['127.0.0.1', '::1', '192.0.2.1'] },
  { text: 'bind eth0 {\n except 192.0.2.1\n}', addresses: ['2001:db8::1', 'fe80::1%eth0'] },
  { text: 'bind lo eth0 {\n except eth0 ::1\n}', addresses: ['127.0.0.1'] },
  { text: 'bind lo {\n except ::1\n}\nbind ::1', addresses: ['127.0.0.1', '::1'] },
];
for (const { text, addresses } of good) {
  test(`${text.replace(/\s+/g, ' ')} listens on ${addresses.join(' ')}`, async () => {
    assert.deepEqual(await listenAddresses(text), addresses);
  });
}

const bad = [
  { text: 'bind', message: /^Corefile:2: .*wrong argument count/ },
  { text: 'bind lo {\n except\n}', message: /^Corefile:3: .*wrong argument count/ },
  { text: 'bind eth1', message: /^Corefile:2: .*'eth1' is not a valid IP address or interface.*mean 'eth0'/ },
  { text: 'bind lo {\n except eth7\n}', message: /^Corefile:3: .*'eth7' is not a valid IP address/ },
  { text: 'bind 127.0.0.256', message: /^Corefile:2: .*'127.0.0.256' is not a valid IP address/ },
  { text: 'bind lo {\n exept ::1\n}', message: /^Corefile:3: .*did you mean 'except'/ },
  { text: 'bind lo {\n except lo\n}', message: /^Corefile:2: .*no address to listen on is left/ },
];
for (const { text, message } of bad) {
  test(`${text.replace(/\s+/g, ' ')} is refused`, async () => {
    await assert.rejects(listenAddresses(text), (error) => {
      assert.ok(error instanceof CorefileError);
      assert.match(error.message, message);
      return true;
    });
  });
}
