import { type Logger, pino } from 'pino'
import pretty from 'pino-pretty'
import { withoutCredentials } from '#lib/util/credentials.ts'

export type Log = Logger

/**
 * The process's log, on standard error: lines for a person at a terminal, JSON for everything else. Standard output
 * belongs to the progress a person follows. No credentials reach it, whatever field, message, cause or stack holds them.
 * `log.child({…})` makes one that carries fields of its own.
 */
export function createLog(level: string, stream: { write(line: string): void } = standardError()): Log {
  return pino({ level, base: undefined, hooks: { streamWrite: withoutCredentials } }, stream)
}

function standardError(): { write(line: string): void } {
  if (!process.stderr.isTTY) return pino.destination({ dest: 2, sync: true })
  return pretty({ destination: 2, sync: true, translateTime: 'SYS:HH:MM:ss' })
}
