import assert from 'node:assert/strict';
import { test } from 'node:test';
import { platform } from 'node:os';
import { HeaderFlag, Rcode, RecordClass, RecordType } from '../../src/wire/codes.ts';
import { NO_OPTIONS } from '../../src/wire/edns.ts';
import type { Edns } from '../../src/wire/edns.ts';
import { readExtendedError } from '../../src/wire/extended-error.ts';
import { readMessage } from '../../src/wire/message.ts';
import { writeQuery } from '../../src/wire/write-query.ts';
import { Stage } from './stage.ts';

const COREFILE = `.:0 {
  bind 127.0.0.1
  errors
  prometheus 127.0.0.1:0
  kubernetes cluster.local {
    manifests none
  }
  cache 30
  hosts {
    192.0.2.7 seven.example
    fallthrough
  }
  loadbalance
}`;

// Elsewhere there are no batches, and no worker that answers.
if (platform() === 'linux') testsOfTheWireCache();

function testsOfTheWireCache(): void {
  test('a Service is answered by the very next query after its NXDOMAIN', async () => {
    await using stage = await Stage.open(COREFILE, 'batched');
    stage.store.putNamespace('shop');
    stage.store.setState('fresh');
    for (let round = 0; round < 5; round++) {
      const reply = await stage.ask(packet('web.shop.svc.cluster.local.', round));
      assert.equal(reply[3]! & 15, Rcode.NameError);
      stage.advance(10);
    }
    assert.ok((await stage.metric('signpost_wire_cache_hits_total')) >= 2);
    putService(stage, 'web', '10.0.0.1');
    const reply = await stage.ask(packet('web.shop.svc.cluster.local.', 77));
    assert.equal(reply[3]! & 15, Rcode.NoError);
    assert.deepEqual([...reply.subarray(0, 2), ...reply.subarray(-4)], [0, 77, 10, 0, 0, 1]);
    stage.store.removeService('shop', 'web');
    assert.equal((await stage.ask(packet('web.shop.svc.cluster.local.')))[3]! & 15, Rcode.NameError);
  });

  test('why an answer is as it is comes to who asks with EDNS, whoever asked before', async () => {
    const name = 'web.shop.svc.cluster.local.';
    await using stage = await Stage.open(COREFILE, 'batched');
    stage.store.putNamespace('shop');
    putService(stage, 'web', '10.0.0.1');
    const told: (number | undefined)[] = [];
    for (const state of ['fresh', 'stale', 'lost', 'fresh'] as const) {
      stage.store.setState(state);
      for (let round = 0; round < 5; round++) {
        assert.equal(readMessage(await stage.ask(packet(name))).edns, undefined);
        stage.advance(10);
      }
      for (let round = 0; round < 5; round++) {
        const reply = readMessage(await stage.ask(packet(name, 1, RecordType.A, plainEdns)));
        told.push(readExtendedError(reply.edns)?.code);
        stage.advance(10);
      }
    }
    const silence = new Array<number | undefined>(5).fill(undefined);
    assert.deepEqual(told, [...silence, ...new Array<number>(10).fill(3), ...silence]);
    // Four states, without EDNS; with it only where there is nothing to tell.
    assert.ok((await stage.metric('signpost_wire_cache_hits_total')) >= 6 * 2);
    assert.equal(await stage.metric('coredns_cache_misses_total'), 4);
  });

  test('counts every query once, whoever answered it', async () => {
    await using stage = await Stage.open(COREFILE, 'batched');
    stage.store.putNamespace('shop');
    stage.store.setState('fresh');
    putService(stage, 'web', '10.0.0.1');
    for (let round = 0; round < 40; round++) {
      await stage.ask(packet('web.shop.svc.cluster.local.'));
      await stage.ask(packet('none.shop.svc.cluster.local.', 1, RecordType.AAAA));
      await stage.ask(packet('seven.example.'));
      if (round === 20) await stage.signpost.reload();
      stage.advance(10);
    }
    assert.equal(await stage.metric('coredns_dns_requests_total'), 120);
    assert.equal(await stage.metric('coredns_dns_requests_total', 'type="AAAA"'), 40);
    assert.equal(await stage.metric('coredns_dns_responses_total', 'rcode="NXDOMAIN"'), 40);
    assert.equal(await stage.metric('coredns_dns_request_duration_seconds_count'), 120);
    assert.equal(await stage.metric('coredns_dns_request_size_bytes_count'), 120);
    assert.equal(await stage.metric('coredns_cache_requests_total'), 120);
    const hits = await stage.metric('signpost_wire_cache_hits_total');
    const misses = await stage.metric('signpost_wire_cache_misses_total');
    const outdated = await stage.metric('signpost_wire_cache_outdated_total');
    assert.ok(hits >= 90, `${hits} hits`);
    assert.equal(hits + misses + outdated, 120);
    assert.equal(await stage.metric('signpost_wire_cache_enabled'), 1);
    const said = stage.lines.filter((line) => line.includes('wire cache'));
    assert.deepEqual(said, [`[INFO] dns://127.0.0.1:0 .: wire cache on`, said[1]]);
  });

  test('the end is noticed by the main thread: it sees every query that still comes', async () => {
    await using stage = await Stage.open(COREFILE, 'batched');
    for (let round = 0; round < 5; round++) {
      await stage.ask(packet('seven.example.'));
      stage.advance(10);
    }
    const hits = await stage.metric('signpost_wire_cache_hits_total');
    assert.ok(hits >= 2);
    stage.dataPlane.retire();
    for (let round = 0; round < 5; round++) {
      await stage.ask(packet('seven.example.'));
      stage.advance(10);
    }
    assert.equal(await stage.metric('signpost_wire_cache_hits_total'), hits);
  });

  test('a plugin that says nothing of repeats turns it off', async () => {
    await using stage = await Stage.open(COREFILE.replace('errors', 'errors\nacl {\nallow\n}'), 'batched');
    for (let round = 0; round < 5; round++) {
      await stage.ask(packet('seven.example.'));
      stage.advance(10);
    }
    assert.equal(await stage.metric('signpost_wire_cache_hits_total'), 0);
    assert.equal(await stage.metric('signpost_wire_cache_refused_total', 'not allowed'), 4);
    assert.equal(await stage.metric('signpost_wire_cache_enabled'), 0);
    assert.ok(stage.lines.includes('[INFO] dns://127.0.0.1:0 .: wire cache off because of plugin/acl'));
  });
}

const plainEdns: Edns = { udpSize: 1232, version: 0, dnssecOk: false, options: NO_OPTIONS };

function packet(name: string, id = 4711, type: number = RecordType.A, edns?: Edns): Buffer {
  return writeQuery({
    id,
    flags: HeaderFlag.RD,
    question: { name, type, class: RecordClass.IN },
    edns,
  });
}

function putService(stage: Stage, name: string, ...clusterIPs: string[]): void {
  stage.store.putService({
    namespace: 'shop',
    name,
    type: 'ClusterIP',
    clusterIPs,
    externalName: '',
    ports: [],
    externalAddresses: [],
  });
}
