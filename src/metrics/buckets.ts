/** Upper bounds of histogram buckets, as CoreDNS has them, so that dashboards fit. Durations are in seconds. */

/** For the time that an answer takes: 0.25 ms, doubling fifteen times. */
export const TIME_BUCKETS: readonly number[] = Array.from({ length: 16 }, (_, power) => 0.00025 * 2 ** power);

/** The same range in few buckets: 0.25 ms, each ten times the one before. */
export const SLIM_TIME_BUCKETS: readonly number[] = [0.00025, 0.0025, 0.025, 0.25, 2.5];

/** For the bytes of a DNS message. */
export const SIZE_BUCKETS: readonly number[] = [
  0, 100, 200, 300, 400, 511, 1023, 2047, 4095, 8291, 16_000, 32_000, 48_000, 64_000,
];
