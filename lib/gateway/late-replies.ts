import { REPLY_DELAY_MAX_MS } from './limits.ts'

/**
 * Replies that mostly let the delivery of what was sent go first: writing a reply takes a tenth of a millisecond, in which
 * the broker has its answer ready. They leave after the room's next batch of events, whatever it holds, and after
 * REPLY_DELAY_MAX_MS without one.
 */
export class LateReplies {
  private waiting: Array<() => void> = []
  private timer: NodeJS.Timeout | undefined

  add(reply: () => void): void {
    this.waiting.push(reply)
    this.timer ??= setTimeout(this.flush, REPLY_DELAY_MAX_MS)
  }

  readonly flush = (): void => {
    if (this.waiting.length === 0) return
    clearTimeout(this.timer)
    this.timer = undefined
    const replies = this.waiting
    this.waiting = []
    for (const reply of replies) reply()
  }
}
