import type { StreamInfo } from '../info.ts'
import type { Position } from './position.ts'

/**
 * How long a reader that had caught up reads on without the stream's figures: shorter than anybody would notice a gap
 * late, longer than the time between two arrivals in a lively stream.
 */
export const AUDIT_MS = 50

export interface AuditParts {
  /** On another connection: the reader's own waits. */
  ask(): Promise<StreamInfo>
  position(): Position
  /** The reader has come to the stream's end, and so many entries were ever appended to it. */
  onCaughtUp(added: number): void
}

/** Asks now and then, apart from reading, whether a reader has had every entry: no arrival waits for that answer. */
export interface Audit {
  /** Something was read without the stream's figures. */
  readUnseen(): void
  close(): void
}

export function createAudit(parts: AuditParts): Audit {
  let timer: ReturnType<typeof setTimeout> | undefined
  let closed = false

  const audit = async () => {
    const info = await parts.ask()
    // A reader that has not caught up will read again, and be asked about again.
    if (closed || info.added === null || info.lastId !== parts.position().after) return
    parts.onCaughtUp(info.added)
  }

  return {
    readUnseen: () => {
      if (closed) return
      timer ??= setTimeout(() => {
        timer = undefined
        // Without a connection nothing is read either; the first read of the next one asks for the figures itself.
        audit().catch(() => undefined)
      }, AUDIT_MS)
    },
    close: () => {
      closed = true
      clearTimeout(timer)
    },
  }
}
