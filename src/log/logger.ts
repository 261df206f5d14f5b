export type LogLevel = 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR' | 'FATAL';

/** Writes log lines as CoreDNS does: `[LEVEL] message`, or `[LEVEL] plugin/<name>: message`. */
export interface Logger {
  debug(message: string): void;
  info(message: string): void;
  warning(message: string): void;
  error(message: string): void;
  fatal(message: string): void;
  /** A logger whose messages start with `prefix: `. */
  named(prefix: string): Logger;
}

/** Where lines go, without their line end. */
export type LogSink = (line: string) => void;

/** Debug lines appear only while this is on: some block has the `debug` directive. */
export interface LogSettings {
  debug: boolean;
}

/** A logger on a sink. */
export function createLogger(sink: LogSink, settings: LogSettings = { debug: false }, prefix = ''): Logger {
  const write = (level: LogLevel, message: string): void => sink(`[${level}] ${prefix}${message}`);
  return {
    debug: (message) => {
      if (settings.debug) write('DEBUG', message);
    },
    info: (message) => write('INFO', message),
    warning: (message) => write('WARNING', message),
    error: (message) => write('ERROR', message),
    fatal: (message) => write('FATAL', message),
    named: (name) => createLogger(sink, settings, `${prefix}${name}: `),
  };
}
