import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MSG_TRUNC } from './linux.ts';
import { portOf } from './message-ring.ts';
import { MISS_CLIENT, MISS_CUT, MISS_HEADER_BYTES, MissReader, missWords, newMissRing } from './miss-ring.ts';
import { SocketReader } from './socket-reader.ts';
import { ScriptedLibC, type ScriptedDatagram } from './test-libc.ts';
import {
  MAXIMUM_WAIT,
  MAXIMUM_WAITING,
  newWorkerState,
  PATIENT_WAITING,
  WorkerWord,
} from './worker-state.ts';

const TIME = 1000;

/** A reader of scripted datagrams, and what it hands on: `text from port`, `(cut)` before it where it was. */
class Stage {
  readonly libc = new ScriptedLibC();
  readonly state = newWorkerState();
  readonly misses = newMissRing();
  now = TIME;
  woken = 0;
  readonly ring = new MissReader(this.state, this.misses);
  reader = this.open();

  /** Another reader of the same socket, as another worker has one. */
  open(): SocketReader {
    return new SocketReader({
      libc: this.libc,
      descriptors: [3],
      wildcard: false,
      state: this.state,
      misses: this.misses,
      hot: undefined,
      begin: () => undefined,
      now: () => this.now,
      wake: () => this.woken++,
    });
  }

  /** Lets it read; the main thread takes nothing. */
  read(...datagrams: ScriptedDatagram[]): void {
    this.libc.queue = datagrams;
    this.reader.read(true);
  }

  /** Reads `count` datagrams in batches of at most 64; gives how many were handed on. */
  flood(count: number, text = 'flood'): number {
    const before = this.dropped;
    for (let left = count; left > 0; left -= 64) {
      this.read(...Array.from({ length: Math.min(64, left) }, () => ({ text, port: 4000 })));
    }
    return count - (this.dropped - before);
  }

  /** Takes some out, as the main thread does. */
  take(queries: number): string[] | undefined {
    const batch = this.ring.take(queries);
    return batch && misses(batch.buffer);
  }

  get dropped(): number {
    return Atomics.load(this.state, WorkerWord.Dropped);
  }
}

const datagrams: readonly { title: string; read: ScriptedDatagram[]; handed: string[] | undefined }[] = [
  { title: 'what comes is handed on', read: [{ text: 'one', port: 5353 }], handed: ['one from 5353'] },
  {
    title: 'all of a call in one batch, in their order',
    read: [
      { text: '', port: 1 },
      { text: 'four', port: 256 },
      { text: 'seven..', port: 65_535 },
    ],
    handed: [' from 1', 'four from 256', 'seven.. from 65535'],
  },
  {
    title: 'from port 0 nothing is taken: it is forged',
    read: [
      { text: 'forged', port: 0 },
      { text: 'true', port: 53 },
    ],
    handed: ['true from 53'],
  },
  { title: 'only forged ones: nothing is handed on', read: [{ text: 'forged', port: 0 }], handed: undefined },
  { title: 'without a sender it is no datagram', read: [{ text: '' }], handed: undefined },
  {
    title: 'of one that was cut the header is handed on',
    read: [{ text: 'twelve bytes and more', port: 53, flags: MSG_TRUNC }],
    handed: ['(cut) twelve bytes from 53'],
  },
];
for (const { title, read, handed } of datagrams) {
  test(title, () => {
    const stage = new Stage();
    stage.read(...read);
    assert.deepEqual(stage.take(64), handed);
    // The slots serve again.
    stage.read({ text: 'next', port: 7 });
    assert.deepEqual(stage.take(64), ['next from 7']);
    assert.equal(stage.take(64), undefined);
    assert.equal(stage.dropped, 0);
  });
}

test('no more than 4,096 misses wait; the newest beyond that are dropped and counted', () => {
  const stage = new Stage();
  assert.equal(stage.flood(MAXIMUM_WAITING - 10), MAXIMUM_WAITING - 10);
  assert.equal(stage.flood(64), 10);
  assert.equal(stage.dropped, 54);
  assert.equal(stage.flood(1), 0);
  assert.equal(stage.take(64)!.length, 64);
  assert.equal(stage.flood(100), 64);
  assert.equal(stage.dropped, 54 + 1 + 36);
});

test('when many wait and the first of them has waited too long, none is added', () => {
  const stage = new Stage();
  stage.flood(PATIENT_WAITING - 64);
  stage.now += MAXIMUM_WAIT + 1;
  assert.equal(stage.flood(64), 64, 'few are waited for patiently');
  assert.equal(stage.flood(64), 0);
  assert.equal(stage.dropped, 64);
  stage.take(PATIENT_WAITING - 64);
  assert.equal(stage.flood(64), 64, 'the first that now waits came just now');
});

test('what the ring has no room for is dropped and counted, and all that it took comes out whole', () => {
  const stage = new Stage();
  for (let round = 0; round < 5; round++) {
    const text = String(round).repeat(4001 + round);
    const handed = stage.flood(640, text);
    assert.ok(handed > 100 && handed < 130, String(handed));
    for (let left = handed; left > 0; left -= 7) {
      for (const miss of stage.take(7)!) assert.equal(miss, `${text} from 4000`);
    }
    assert.equal(stage.take(7), undefined);
  }
});

test('numbers that wrap around count on', () => {
  const stage = new Stage();
  for (const word of [WorkerWord.Taken, WorkerWord.Written, WorkerWord.Read]) {
    Atomics.store(stage.state, word, 0x7fff_fff0);
  }
  stage.reader = stage.open();
  assert.equal(stage.flood(MAXIMUM_WAITING + 64), MAXIMUM_WAITING);
  const ring = new MissReader(stage.state, stage.misses);
  assert.equal(misses(ring.take(MAXIMUM_WAITING)!.buffer).length, MAXIMUM_WAITING);
  assert.equal(ring.take(1), undefined);
});

test('a main thread that sleeps is woken once; one that is awake finds out by itself', () => {
  const stage = new Stage();
  stage.flood(64);
  stage.flood(64);
  assert.equal(stage.woken, 1);
  stage.take(128);
  stage.flood(1);
  assert.equal(stage.ring.sleep(), false, 'there is something to take');
  stage.take(1);
  assert.equal(stage.ring.sleep(), true);
  stage.flood(1);
  assert.equal(stage.woken, 2);
});

test('another worker goes on where one that was lost ended', () => {
  const stage = new Stage();
  stage.flood(3);
  stage.take(1);
  stage.reader = stage.open();
  stage.read({ text: 'after', port: 5 });
  assert.deepEqual(stage.take(64), ['flood from 4000', 'flood from 4000', 'after from 5']);
});

function misses(memory: ArrayBuffer): string[] {
  const words = new Int32Array(memory);
  const found: string[] = [];
  for (let at = 0; at < words.length;) {
    const length = words[at]! & ~MISS_CUT;
    const cut = (words[at]! & MISS_CUT) === 0 ? '' : '(cut) ';
    const text = Buffer.from(memory, at * 4 + MISS_HEADER_BYTES, length).toString('latin1');
    found.push(`${cut}${text} from ${portOf(words, at + MISS_CLIENT)}`);
    at += missWords(length);
  }
  return found;
}
