import { REPLY_DELAY_MAX_MS } from './limits.ts'

/**
 * Replies to sends, held back so that the message's delivery, which people watch for, is usually written first: writing a reply
 * takes a tenth of a millisecond, and within that time the broker has delivered. They leave after the room's next batch of
 * events, whatever it holds, or after REPLY_DELAY_MAX_MS if no batch comes.
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
