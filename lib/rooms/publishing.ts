import { Buffer } from 'node:buffer'
import type { Can, OutgoingMessage } from '#lib/brokers/contract.ts'
import type { Publish, PublishReply } from '#lib/protocol/command-schemas.ts'
import { AppError, toFailure } from '#lib/protocol/errors.ts'
import { TEXT_MAX_BYTES } from '#lib/protocol/limits.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import { parseSettings } from '#lib/protocol/parse.ts'
import { isPoison } from '#lib/protocol/poison.ts'
import type { Consumer, Settings } from '#lib/protocol/room.ts'
import { now } from '#lib/util/clock.ts'
import { digestOf } from '#lib/util/digest.ts'
import { publishToDriver } from './driver-publish.ts'
import { brokerDown, driverUp } from './lookup.ts'
import { poisonMark } from './made-faults.ts'
import {
  type AcceptedMessage,
  claim,
  type MessageMeta,
  type MessageRecord,
  newMessageId,
  partOf,
} from './message-table.ts'
import type { RoomConsumer } from './room-consumer.ts'
import type { RoomContext } from './room-context.ts'
import type { RoomDestination } from './room-destination.ts'

export interface PublishingOptions {
  /** See `Destinations.findOn`. */
  destination(system: SystemId, asked: string | undefined): RoomDestination
  consumers(destination: RoomDestination): RoomConsumer[]
  /** See `Topology.gate`. */
  gate(system: SystemId): Promise<void> | null
}

interface Accepted {
  readonly input: Publish
  readonly record: MessageRecord
  readonly body: Uint8Array
  readonly sentAt: number
  readonly outcomes: PublishReply['outcomes']
  /** The caller has its reply: what drivers report from now on is emitted as events. */
  replied: boolean
}

/**
 * The room's `publish`. Everything up to the drivers happens in the caller's tick, so that sends keep their order; only
 * where a message would be lost because consumers are not attached yet does it wait at a gate. An id that was handed to a
 * system before is not handed to it again.
 */
export class Publishing {
  private readonly ctx: RoomContext
  private readonly options: PublishingOptions
  /** The gate that sends to a destination wait at. Later ones queue behind them, even if nothing else holds them back. */
  private readonly queuedAt = new WeakMap<RoomDestination, Promise<void>>()

  constructor(ctx: RoomContext, options: PublishingOptions) {
    this.ctx = ctx
    this.options = options
  }

  async publish(input: Publish, senderColour?: number): Promise<PublishReply> {
    checkText(input.text)
    const { targets, outcomes } = this.targetsOf(input)
    checkTargets(targets)
    checkHeaders(targets, input.headers)
    const settings = targets.map((to) => messageSettings(to, input))
    const sentAt = now()
    const { epoch, seq } = this.ctx.stream
    const body = Buffer.from(input.text)
    const meta = metaOf(input, senderColour)
    const record = this.accept(input, { meta, body, seqBefore: seq, sentAt })
    const { id } = record
    const accepted: Accepted = { input, record, body, sentAt, outcomes, replied: false }
    await Promise.all(targets.map((to, index) => this.dispatch(accepted, to, settings[index])))
    await endOfTurn()
    accepted.replied = true
    return { id, number: record.number, seq: record.seqBefore, epoch, outcomes: accepted.outcomes }
  }

  /**
   * Where it goes. A destination that is gone keeps the message from no other: its own system's outcome says so. Throws
   * when there is none at all, and for a system that does not exist.
   */
  private targetsOf({ to }: Publish): { targets: RoomDestination[]; outcomes: PublishReply['outcomes'] } {
    const targets: RoomDestination[] = []
    const outcomes: PublishReply['outcomes'] = {}
    let problem: unknown
    for (const { system, destination } of to) {
      try {
        targets.push(this.options.destination(system, destination))
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'destination-not-found') throw error
        problem ??= error
        outcomes[system] = toFailure(error)
      }
    }
    if (targets.length === 0) throw problem
    return { targets, outcomes }
  }

  /** Throws `id-in-use`. */
  private accept(input: Publish, accepted: AcceptedMessage): MessageRecord {
    const { messages } = this.ctx
    const metadataDigest = metadataDigestOf(input)
    if (input.id === undefined) return messages.acceptNew(newMessageId(), accepted, metadataDigest)
    const record = messages.acceptUnder(input.id, accepted, metadataDigest)
    if (record === null) throw idInUse(`the id ${input.id} stands for a message with other content`)
    return record
  }

  /** Resolves when the driver has the message; returns undefined where it need not wait. */
  private dispatch(
    accepted: Accepted,
    to: RoomDestination,
    settings: Settings | undefined,
  ): Promise<void> | undefined {
    const { record, outcomes, sentAt } = accepted
    const { system, name: destination } = to.now
    const before = partOf(record, system)
    if (before !== undefined) {
      outcomes[system] =
        before.destination === destination
          ? { ok: true }
          : toFailure(idInUse(`the message with the id ${record.id} went to ${before.destination}`))
      return undefined
    }
    if (driverUp(this.ctx.slots, system) === undefined) {
      outcomes[system] = toFailure(brokerDown(this.ctx.slots, system))
      return undefined
    }
    claim(record, { system, destination, sentAt })
    const gate = this.gateFor(to)
    if (gate !== null) return gate.then(() => this.sendTo(accepted, to, settings))
    this.sendTo(accepted, to, settings)
    return undefined
  }

  private sendTo(accepted: Accepted, to: RoomDestination, settings: Settings | undefined): void {
    const { input, record, outcomes } = accepted
    const { system } = to.now
    outcomes[system] = { ok: true }
    if (to.mode.can.poison && isPoison(input.headers)) this.markPoison(accepted, to)
    publishToDriver(this.ctx, {
      record,
      to,
      source: input,
      outgoing: outgoingOf(accepted, to, settings),
      onRefused: (error) => {
        if (!accepted.replied) outcomes[system] = toFailure(error)
        return !accepted.replied
      },
    })
  }

  private markPoison({ input, record }: Accepted, { now: { system, name } }: RoomDestination): void {
    const by = input.sender === undefined ? {} : { by: input.sender }
    this.ctx.stream.emit(poisonMark({ system, destination: name }, { number: record.number, ...by }))
  }

  /** What a send to a destination waits for; null where it need not wait. */
  private gateFor(to: RoomDestination): Promise<void> | null {
    const gate = this.options.gate(to.now.system)
    if (gate === null) return null
    if (this.queuedAt.get(to) !== gate && to.now.state !== 'pending' && !this.wouldMiss(to)) return null
    this.queuedAt.set(to, gate)
    return gate
  }

  /**
   * Whether consumers that are still attaching would never get a message sent now. Where nothing is kept for absent
   * consumers, that is all of them; where it is kept, those that begin at the end. A member of a group that attached
   * before finds the message waiting. Whether a group has a position from an earlier process only the broker knows, so it
   * is waited for once, as if it were new.
   */
  private wouldMiss(to: RoomDestination): boolean {
    const { can, startsAtEnd } = to.mode
    if (can.lossyWithoutListeners || !can.keepsForAbsent) return true
    if (startsAtEnd === undefined) return false
    return this.options.consumers(to).some(({ now }) => startsAtEnd(now.settings) && beginsAnew(now))
  }
}

/**
 * By the end of this turn of the event loop every promise that is settled already has run its callbacks, so a driver that
 * refuses at once is heard in time; and what was handed to the drivers is written, so the reply does not come before the
 * message. A socket's reply then lets the delivery go first (`lib/gateway/late-replies.ts`).
 */
const endOfTurn = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Only a group's position is kept on the broker: a reader without a group begins anew whenever it attaches. */
const beginsAnew = ({ group, since, state }: Consumer): boolean =>
  group === undefined ? state === 'attaching' || state === 'detached' : since === undefined

/** The settings as one system understands them, with its defaults; undefined when none were given. Throws `invalid`. */
function messageSettings({ mode }: RoomDestination, { settings }: Publish): Settings | undefined {
  return settings === undefined ? undefined : parseSettings(mode.messageSettings, settings)
}

/**
 * A key given to several systems at once is not meant as the name of a channel: it would lead the message away from those
 * who listen.
 */
const takesKey = (kind: Can['key'], systems: number): boolean =>
  kind !== null && !(kind === 'sub-channel' && systems > 1)

function outgoingOf(
  accepted: Accepted,
  to: RoomDestination,
  settings: Settings | undefined,
): OutgoingMessage {
  const { input, record, body, sentAt } = accepted
  const { can } = to.mode
  return {
    messageId: record.id,
    body,
    sentAt,
    ...(input.key === undefined || !takesKey(can.key, input.to.length) ? {} : { key: input.key }),
    ...(input.headers === undefined || !can.headers ? {} : { headers: input.headers }),
    ...(input.sender === undefined ? {} : { sender: input.sender }),
    ...(settings === undefined ? {} : { settings }),
  }
}

const idInUse = (message: string) => new AppError('id-in-use', message, { detail: { field: 'id' } })

/** What makes a message besides its text. The order in which headers and settings are named is no part of it. */
function metadataDigestOf({ key, headers, sender, settings }: Publish): number {
  const sorted = (all: object | undefined) => (all === undefined ? null : Object.entries(all).sort(byName))
  return digestOf(Buffer.from(JSON.stringify([key, sorted(headers), sender, sorted(settings)])))
}

const byName = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : 1)

function metaOf({ sender, key }: Publish, senderColour: number | undefined): MessageMeta {
  return {
    ...(sender === undefined ? {} : { sender }),
    ...(senderColour === undefined ? {} : { senderColour }),
    ...(key === undefined ? {} : { key }),
  }
}

function checkText(text: string): void {
  if (text.length === 0) throw new AppError('text-empty', 'there is no text to send')
  // No character takes less than a byte, so most texts need not be measured.
  const bytes = text.length > TEXT_MAX_BYTES ? text.length : Buffer.byteLength(text)
  if (bytes <= TEXT_MAX_BYTES) return
  throw new AppError('text-too-long', `the text is longer than ${TEXT_MAX_BYTES} bytes of UTF-8`, {
    detail: { limit: TEXT_MAX_BYTES, bytes: Buffer.byteLength(text) },
  })
}

/** A driver writes some headers itself: a caller's would be replaced, and shown all the same. */
function checkHeaders(targets: RoomDestination[], headers: Publish['headers']): void {
  for (const { mode } of targets) {
    const taken = mode.reservedHeaders?.find((name) => headers !== undefined && Object.hasOwn(headers, name))
    if (taken === undefined) continue
    throw new AppError('invalid', `the header "${taken}" is written by the dashboard itself`, {
      detail: { field: 'headers' },
    })
  }
}

function checkTargets(targets: RoomDestination[]): void {
  if (new Set(targets.map((to) => to.now.system)).size === targets.length) return
  throw new AppError('invalid', 'a message goes to one destination of each system', {
    detail: { field: 'to' },
  })
}
