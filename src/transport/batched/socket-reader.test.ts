import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MSG_TRUNC, MSG_WAITFORONE } from './linux.ts';
import { portOf } from './message-ring.ts';
import { MISS_CLIENT, MISS_CUT, MISS_HEADER_BYTES, missWords } from './miss-batch.ts';
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
  readonly batches: string[][] = [];
  now = TIME;
  readonly reader = new SocketReader({
    libc: this.libc,
    descriptor: 3,
    wildcard: false,
    state: this.state,
    hot: undefined,
    begin: () => undefined,
    now: () => this.now,
    hand: (batch) => this.batches.push(misses(batch)),
  });

  read(...datagrams: ScriptedDatagram[]): string[] | undefined {
    const before = this.batches.length;
    this.libc.queue = datagrams;
    this.reader.read(MSG_WAITFORONE);
    return this.batches.length === before ? undefined : this.batches.at(-1);
  }

  /** Reads `count` datagrams in batches of at most 64; gives how many were handed on. */
  flood(count: number): number {
    let handed = 0;
    for (let left = count; left > 0; left -= 64) {
      const batch = Array.from({ length: Math.min(64, left) }, () => ({ text: 'flood', port: 4000 }));
      handed += this.read(...batch)?.length ?? 0;
    }
    return handed;
  }

  /** What the main thread notes when it has taken batches. */
  take(batches: number, queries: number): void {
    Atomics.add(this.state, WorkerWord.BatchesTaken, batches);
    Atomics.add(this.state, WorkerWord.Taken, queries);
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
    assert.deepEqual(stage.read(...read), handed);
    // The slots serve again.
    assert.deepEqual(stage.read({ text: 'next', port: 7 }), ['next from 7']);
    assert.equal(stage.dropped, 0);
  });
}

test('no more than 4,096 misses wait; the newest beyond that are dropped and counted', () => {
  const stage = new Stage();
  assert.equal(stage.flood(MAXIMUM_WAITING - 10), MAXIMUM_WAITING - 10);
  assert.equal(stage.flood(64), 10);
  assert.equal(stage.dropped, 54);
  assert.equal(stage.flood(1), 0);
  stage.take(1, 64);
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
  stage.take((PATIENT_WAITING - 64) / 64, 64);
  assert.equal(stage.flood(64), 64, 'the first that now waits came just now');
});

test('numbers that wrap around count on', () => {
  const stage = new Stage();
  Atomics.store(stage.state, WorkerWord.Taken, 0x7fff_fff0);
  const other = new SocketReader({
    libc: stage.libc,
    descriptor: 3,
    wildcard: false,
    state: stage.state,
    hot: undefined,
    begin: () => undefined,
    now: () => TIME,
    hand: (batch) => stage.batches.push(misses(batch)),
  });
  stage.libc.queue = Array.from({ length: MAXIMUM_WAITING + 64 }, () => ({ text: 'x', port: 9 }));
  for (let call = 0; call < MAXIMUM_WAITING / 64 + 1; call++) other.read(MSG_WAITFORONE);
  assert.equal(stage.batches.flat().length, MAXIMUM_WAITING);
  assert.equal(stage.dropped, 64);
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
