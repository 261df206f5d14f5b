/**
 * What may answer a datagram in the worker thread, before the main thread hears of it. Made in the worker, by the
 * function `createHotAnswers` of the module that the transport was given.
 */
export interface HotAnswers {
  /** A batch of datagrams has come. */
  begin(): void;
  /**
   * Answers the query in `slab` from `offset` on, in the same place, without the main thread.
   * @param room bytes from `offset` on that the reply may fill
   * @param family of the client: 4 also where it comes as an IPv4-mapped address
   * @param names holds the client's socket address from the word `name` on
   * @returns bytes of the reply; 0: the main thread is to answer, and the query is as it was
   */
  answer(
    slab: Buffer,
    offset: number,
    length: number,
    room: number,
    family: 4 | 6,
    names: Int32Array,
    name: number,
  ): number;
  /** Whether the main thread should tell its answer to a query that was not answered here. */
  isWorthLearning(slab: Buffer, offset: number, length: number, family: 4 | 6): boolean;
  /** The answers to the batch have been sent. */
  sent(): void;
  /** Takes what the main thread has posted. */
  learn(message: unknown): void;
}

/** Where a worker finds its hot answers, and what they are made from there. */
export interface HotAnswersSource {
  /** URL of a module that exports `createHotAnswers(data): HotAnswers`. */
  readonly module: string;
  /** Copied to the worker, or shared with it where it is shared memory. */
  readonly data: unknown;
}

/** The main thread's side of the hot answers of one worker. */
export interface HotAnswersTeacher {
  readonly source: HotAnswersSource;
  /** The worker is being started; `post` posts a message to its `learn`, and does nothing while there is no worker. */
  begin(post: (message: unknown) => void): void;
  /** The worker is gone with all that it had learned; another follows. */
  lost(): void;
  /** The worker has ended, and no other follows. */
  closed(): void;
}
