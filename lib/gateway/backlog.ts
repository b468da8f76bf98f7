import type { Unsubscribe } from '#lib/util/emitter.ts'
import { once } from '#lib/util/once.ts'
import { BACKLOG_LEAST_BYTES, BACKLOG_MAX_BYTES } from './limits.ts'
import type { SendBuffer } from './send-buffer.ts'

/** What all sockets hold is added up no more often than this. */
const MEASURE_EVERY_MS = 50

/** What all sockets together were sent and have not taken. Where that is too much, each may hold its share of it and no more. */
export class Backlog {
  private readonly buffers = new Set<SendBuffer>()
  private readonly max: number
  private total = 0
  private measuredAt = Number.NEGATIVE_INFINITY

  constructor(max: number = BACKLOG_MAX_BYTES) {
    this.max = max
  }

  /** Counts a socket's buffer until the returned function is called. */
  join(buffer: SendBuffer): Unsubscribe {
    this.buffers.add(buffer)
    return once(() => void this.buffers.delete(buffer))
  }

  /** How many bytes one socket may hold now that may hold `usual` where there is room. */
  limit(usual: number): number {
    const time = performance.now()
    if (time - this.measuredAt >= MEASURE_EVERY_MS) {
      this.measuredAt = time
      this.total = 0
      for (const buffer of this.buffers) this.total += buffer.bytes()
    }
    if (this.total <= this.max) return usual
    return Math.min(usual, Math.max(BACKLOG_LEAST_BYTES, this.max / this.buffers.size))
  }
}
