import type { BrowsedMessage } from '#lib/brokers/contract.ts'
import type { BrowsePage, KeptMessage, KeptPage } from '#lib/protocol/browse-commands.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { BROWSE_PAGE_MAX_BYTES, BROWSES_MAX_PER_ROOM } from '#lib/protocol/limits.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import { outsideMeta } from './consumer-events.ts'
import { requireDriver } from './lookup.ts'
import { readContent } from './message-content.ts'
import type { MessageRecord } from './message-table.ts'
import type { RoomContext } from './room-context.ts'
import type { RoomDestination } from './room-destination.ts'

const RETRY_AFTER_MS = 500

/** Shows what a room's destinations keep, by their drivers, and recognises the messages that the room knows. */
export class Browsing {
  private readonly ctx: RoomContext
  private running = 0

  constructor(ctx: RoomContext) {
    this.ctx = ctx
  }

  /** Throws `not-capable`, `rate-limited` while as many pages are being read as may be, and what the driver throws. */
  async page(
    { now: { system, name, address }, mode }: RoomDestination,
    asked: BrowsePage,
  ): Promise<KeptPage> {
    if (!mode.can.browse) {
      const sentence = mode.lacks.browse ?? `what ${name} keeps cannot be looked at`
      throw new AppError('not-capable', sentence, { detail: { power: 'browse' } })
    }
    const driver = requireDriver(this.ctx.slots, system)
    if (this.running >= BROWSES_MAX_PER_ROOM) {
      const sentence = 'as many lists of kept messages are being read in this room as may be'
      throw new AppError('rate-limited', sentence, { retryAfterMs: RETRY_AFTER_MS })
    }
    this.running += 1
    try {
      const page = await driver.browse(address, { ...asked, maxBytes: BROWSE_PAGE_MAX_BYTES })
      return { ...page, messages: page.messages.map((message) => this.describe(system, message)) }
    } finally {
      this.running -= 1
    }
  }

  private describe(system: SystemId, message: BrowsedMessage): KeptMessage {
    const { address, metadata } = message
    const ours = this.ours(system, message)
    const record = ours ?? this.seen(message)
    const {
      load: _load,
      senderColour: _colour,
      ...meta
    } = ours?.meta ?? outsideMeta(message, this.ctx.messages)
    const writtenAt = message.writtenAt ?? message.storedAt
    return {
      ...readContent({ ...message, ...(metadata ? { metadata } : {}) }, 'all'),
      ...meta,
      address,
      ...(writtenAt === undefined ? {} : { writtenAt }),
      ...(record === undefined ? {} : { number: record.number, messageId: record.id }),
    }
  }

  private ours(system: SystemId, { messageId, body }: BrowsedMessage): MessageRecord | undefined {
    return messageId === null ? undefined : this.ctx.messages.ours(messageId, system, body)
  }

  private seen({ identity, body, writtenAt }: BrowsedMessage): MessageRecord | undefined {
    return this.ctx.messages.seen(identity, body, writtenAt)
  }
}
