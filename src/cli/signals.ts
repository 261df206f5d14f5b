import { startedByNpm } from './welcome.ts';

/** What the process does on a signal: what CoreDNS does, but for USR2, its binary upgrade. */
export interface SignalActions {
  /** TERM: answer until queries cease, then end. */
  drain(): Promise<void>;
  /** INT: tell the plugins, then end without waiting for anybody. */
  interrupt(): Promise<void>;
  /** USR1: load the Corefile again. */
  reload(): void;
  /** USR2: asks for what Signpost cannot do. */
  upgrade(): void;
  /** Ends the process. */
  exit(code: number): void;
}

/** A stop that failed. */
const STOP_FAILED = 3;
/** The second INT or TERM. */
const IMPATIENT = 2;
/** Milliseconds. npm hands a terminal's Ctrl-C, and a TERM to all, to a script that had it already. */
const SAME_SIGNAL = 500;

/** Handles the signals: the first INT or TERM ends the process in its way, a second one at once, with 2. */
export function handleSignals(actions: SignalActions): void {
  let ending = false;
  let patientUntil = 0;
  const end = (way: () => Promise<void>): void => {
    const now = performance.now();
    if (ending) {
      if (now >= patientUntil) actions.exit(IMPATIENT);
      return;
    }
    ending = true;
    if (startedByNpm(process.env)) patientUntil = now + SAME_SIGNAL;
    way().then(
      () => actions.exit(0),
      () => actions.exit(STOP_FAILED),
    );
  };
  process.on('SIGTERM', () => end(() => actions.drain()));
  process.on('SIGINT', () => end(() => actions.interrupt()));
  process.on('SIGQUIT', () => actions.exit(0));
  process.on('SIGUSR1', () => actions.reload());
  process.on('SIGUSR2', () => actions.upgrade());
  // A terminal that closes is no reason to stop serving.
  process.on('SIGHUP', () => undefined);
}
