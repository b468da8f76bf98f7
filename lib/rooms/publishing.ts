import { Buffer } from 'node:buffer'
import type { Can, OutgoingMessage } from '#lib/brokers/contract.ts'
import type { Publish } from '#lib/protocol/commands.ts'
import { AppError, toFailure } from '#lib/protocol/errors.ts'
import { TEXT_MAX_BYTES } from '#lib/protocol/limits.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import type { Consumer, Settings } from '#lib/protocol/room.ts'
import type { PublishReply } from '#lib/protocol/socket.ts'
import { now } from '#lib/util/clock.ts'
import type { ConsumerLife } from './consumer-life.ts'
import { brokerDown, driverUp, type RoomContext } from './context.ts'
import type { DestinationLife } from './destination-life.ts'
import { newId } from './new-id.ts'
import { send } from './send.ts'
import { claim, type MessageMeta, type MessageRecord, partOf } from './sent-table.ts'
import { parseSettings } from './settings.ts'

export interface PublishingParts {
  /** The named destination, or the system's first. Throws `system-not-found`, `destination-not-found`. */
  destination(system: SystemId, name: string | undefined): DestinationLife
  consumers(destinationId: string): ConsumerLife[]
  /** See `Topology.gate`. */
  gate(system: SystemId): Promise<void> | null
}

interface Accepted {
  readonly input: Publish
  readonly record: MessageRecord
  readonly body: Uint8Array
  readonly sentAt: number
  readonly outcomes: PublishReply['outcomes']
  /** The caller has its reply: what the drivers say from now on is told as events. */
  replied: boolean
}

/**
 * The room's `publish`. Everything up to the drivers happens in the caller's tick, so that sends keep their order;
 * only where a message would be lost for want of attached consumers does it wait at a gate. An id that was handed to
 * a system before is not handed to it again.
 */
export function createPublishing(ctx: RoomContext, parts: PublishingParts) {
  const gateFor = createGates(parts)

  function sendTo(accepted: Accepted, to: DestinationLife, settings: Settings | undefined): void {
    const { input, record, outcomes } = accepted
    const { system } = to.now
    outcomes[system] = { ok: true }
    send(ctx, {
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

  /** Resolves when the driver has it, or at once where it need not wait. */
  function dispatch(
    accepted: Accepted,
    to: DestinationLife,
    settings: Settings | undefined,
  ): Promise<void> | undefined {
    const { record, outcomes, sentAt } = accepted
    const { system } = to.now
    if (partOf(record, system) !== undefined) {
      outcomes[system] = { ok: true }
      return undefined
    }
    if (driverUp(ctx.slots, system) === undefined) {
      outcomes[system] = toFailure(brokerDown(ctx.slots, system))
      return undefined
    }
    claim(record, system, sentAt)
    const gate = gateFor(to)
    if (gate !== null) return gate.then(() => sendTo(accepted, to, settings))
    sendTo(accepted, to, settings)
    return undefined
  }

  return async (input: Publish, senderColour?: number): Promise<PublishReply> => {
    checkText(input.text)
    const targets = input.to.map(({ system, destination }) => parts.destination(system, destination))
    checkTargets(targets)
    const settings = targets.map((to) => messageSettings(to, input))
    const sentAt = now()
    const id = input.id ?? newId()
    const { epoch, seq } = ctx.stream
    const record = ctx.messages.accept(id, metaOf(input, senderColour), seq, sentAt)
    const body = Buffer.from(input.text)
    const accepted: Accepted = { input, record, body, sentAt, outcomes: {}, replied: false }
    await Promise.all(targets.map((to, index) => dispatch(accepted, to, settings[index])))
    await settledPromises()
    accepted.replied = true
    return { id, number: record.number, seq: record.seqBefore, epoch, outcomes: accepted.outcomes }
  }
}

/**
 * Resolves when every promise that is settled already has told so: a driver that refuses at once is heard in time. Also
 * what was handed to the drivers is written by then: the reply does not come before the message.
 */
const settledPromises = () => new Promise<void>((resolve) => setImmediate(resolve))

/**
 * What a send to a destination waits for, null where it need not: a destination that is not there yet, or consumers who
 * would never get it. Where nothing is kept for the absent those are all who are still waking up; where it is kept, those
 * who begin at its end. A member of a group that has been here before finds it waiting, and keeps nobody waiting. Of a
 * group that an earlier process left a position in only the broker knows: it is waited for once, as if it were new.
 */
function createGates(parts: PublishingParts) {
  /** The gate that sends wait at: later ones queue behind them, though by then nothing else keeps them. */
  const queued = new WeakMap<DestinationLife, Promise<void>>()

  const misses = ({ mode, now }: DestinationLife): boolean => {
    if (mode.can.lossyWithoutListeners || !mode.can.keepsForAbsent) return true
    const { startsAtEnd } = mode
    if (startsAtEnd === undefined) return false
    return parts.consumers(now.id).some((life) => startsAtEnd(life.now.settings) && beginsAnew(life.now))
  }

  return (to: DestinationLife): Promise<void> | null => {
    const gate = parts.gate(to.now.system)
    if (gate === null) return null
    if (queued.get(to) !== gate && to.now.state !== 'pending' && !misses(to)) return null
    queued.set(to, gate)
    return gate
  }
}

/** Only a group's place is kept on the broker: a reader of its own begins anew whenever it attaches. */
const beginsAnew = ({ group, since, state }: Consumer): boolean =>
  group === undefined ? state === 'attaching' || state === 'detached' : since === undefined

/** What one system understands of the settings, its defaults filled in; undefined: nothing was set. Throws `invalid`. */
function messageSettings({ mode }: DestinationLife, { settings }: Publish): Settings | undefined {
  return settings === undefined ? undefined : parseSettings(mode.messageSettings, settings)
}

/** A key given to several systems at once is none's name of a channel: it would lead the message away from those who listen. */
const takesKey = (kind: Can['key'], systems: number): boolean =>
  kind !== null && !(kind === 'sub-channel' && systems > 1)

function outgoingOf(
  accepted: Accepted,
  to: DestinationLife,
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

function metaOf({ sender, key }: Publish, senderColour: number | undefined): MessageMeta {
  return {
    ...(sender === undefined ? {} : { sender }),
    ...(senderColour === undefined ? {} : { senderColour }),
    ...(key === undefined ? {} : { key }),
  }
}

function checkText(text: string): void {
  if (text.length === 0) throw new AppError('text-empty', 'there is no text to send')
  // No character takes less than a byte, so that most texts need not be measured.
  const bytes = text.length > TEXT_MAX_BYTES ? text.length : Buffer.byteLength(text)
  if (bytes <= TEXT_MAX_BYTES) return
  throw new AppError('text-too-long', `the text is longer than ${TEXT_MAX_BYTES} bytes of UTF-8`, {
    detail: { limit: TEXT_MAX_BYTES, bytes: Buffer.byteLength(text) },
  })
}

function checkTargets(targets: DestinationLife[]): void {
  if (new Set(targets.map((to) => to.now.system)).size === targets.length) return
  throw new AppError('invalid', 'a message goes to one destination of each system', {
    detail: { field: 'to' },
  })
}
