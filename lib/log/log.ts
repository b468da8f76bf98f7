import { type Logger, pino } from 'pino'
import pretty from 'pino-pretty'

export type Log = Logger

/** `scheme://user:password@`, wherever a line has it: in a field, a message, an error's stack. */
const CREDENTIALS = /([a-z][a-z0-9+.-]*:\/\/)[^\s/@"\\]*:[^\s/@"\\]*@/gi

/** Credentials ride in URLs; none reaches a log. */
export const withoutCredentials = (line: string): string => line.replace(CREDENTIALS, '$1***@')

/**
 * The process's log, on standard error: lines for a person at a terminal, JSON for everything else. Standard output
 * belongs to the progress a person follows. `log.child({…})` makes one that carries fields of its own.
 */
export function createLog(level: string, stream: { write(line: string): void } = standardError()): Log {
  return pino({ level, base: undefined, hooks: { streamWrite: withoutCredentials } }, stream)
}

function standardError(): { write(line: string): void } {
  if (!process.stderr.isTTY) return pino.destination({ dest: 2, sync: true })
  return pretty({ destination: 2, sync: true, translateTime: 'SYS:HH:MM:ss' })
}
