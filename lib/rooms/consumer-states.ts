import type { CommandArguments, ConsumerCommand } from '#lib/protocol/command-schemas.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import type { ConsumerAttachment, StateEvent } from './consumer-attachment.ts'
import type { ConsumerStatus } from './consumer-status.ts'

/** Shows what becomes of a consumer's attachment, and what an attached one is asked to do, as the consumer's status. */
export class ConsumerStates {
  private readonly status: ConsumerStatus
  private readonly attachment: ConsumerAttachment

  constructor(status: ConsumerStatus, attachment: ConsumerAttachment) {
    this.status = status
    this.attachment = attachment
  }

  /** The driver says what became of the attachment. */
  take(event: StateEvent): void {
    const { state, evictedAt } = event
    const why = event.reason === undefined ? {} : { reason: event.reason }
    // Between the loss of a connection and `attaching`, the driver may still say what became of unacked deliveries.
    if (state !== 'attaching') this.attachment.forgetUnacked()
    switch (state) {
      case 'attaching':
        this.status.set({ state, ...why })
        break
      case 'attached':
        void this.restorePause()
        break
      case 'crashed':
        this.status.set({ state, ...why, ...(evictedAt === undefined ? {} : { evictedAt }) })
        break
      case 'detached':
        // After a crash it means that the broker has noticed; otherwise the driver has given the consumer up.
        if (this.status.now.state !== 'crashed') this.attachment.drop()
        this.status.set({ state: this.status.now.state === 'crashed' ? 'crashed' : 'detached', ...why })
        break
      default:
        unreachable(state)
    }
  }

  /** Throws `wrong-state`, `invalid` for a verb without its argument, and what the driver throws. */
  async command(
    command: Exclude<ConsumerCommand, 'crash' | 'start'>,
    { delivery, seek }: CommandArguments,
  ): Promise<void> {
    const { attachment } = this
    switch (command) {
      case 'ack':
      case 'requeue':
      case 'reject':
        this.status.require(command, 'attached', 'paused')
        return await attachment.settle(command, delivery)
      case 'seek':
        this.status.require(command, 'attached', 'paused')
        return await attachment.seek(seek)
      case 'skip':
        this.status.require(command, 'attached')
        return await attachment.skip(delivery)
      case 'pause':
        this.status.require(command, 'attached')
        await attachment.pause()
        return this.showAttached()
      case 'resume':
        this.status.require(command, 'paused')
        await attachment.resume()
        return this.showAttached()
      default:
        unreachable(command)
    }
  }

  showAttached(): void {
    this.status.set({ state: this.attachment.isPaused ? 'paused' : 'attached' })
  }

  /** The driver's pause ended with the attachment that was lost. It shows as paused once it is. */
  private async restorePause(): Promise<void> {
    // A first attachment is paused, and shown, by whoever waits for it.
    if (!this.attachment.handle && this.attachment.isPaused) return
    this.status.set({ state: 'attached' })
    if (!this.attachment.isPaused) return
    try {
      if ((await this.attachment.restorePause()) && this.status.now.state === 'attached') this.showAttached()
    } catch (error) {
      this.status.fault('pause-failed', error)
    }
  }
}
