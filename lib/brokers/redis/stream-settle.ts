import type { ConsumerEvent } from '#lib/brokers/contract.ts'
import type { Unacked } from '#lib/brokers/kit/unacked-deliveries.ts'
import type { SettleVerb } from '#lib/protocol/commands.ts'
import { now } from '#lib/util/clock.ts'
import type { Connection } from './connection.ts'
import { deadLetterFields, type HeldEntry } from './metadata.ts'
import type { GroupConsumer, SharedStream } from './stream-group.ts'
import { settledEvent } from './worker.ts'

const CLAIMED_BY_OTHER = 'it was not pending any more: another worker had taken it over'

/** One worker of a stream's group. */
export interface StreamWorker {
  shared: SharedStream
  group: GroupConsumer
  /** The key it reads: the queue's, or its dead letters'. */
  stream: string
  /** Its name in the group. */
  me: string
  /** It reads the queue itself, whose failed messages go to the dead letters; a reader of those gives up for good. */
  isQueue: boolean
}

/** Settles at once and returns what Redis answered, as events. Throws the raw error. */
export async function settleEntry(
  worker: StreamWorker,
  connection: Connection,
  { item, delivery }: Unacked<HeldEntry>,
  verb: SettleVerb,
  reason: string,
): Promise<ConsumerEvent[]> {
  const { group } = worker
  switch (verb) {
    case 'ack': {
      const isOurs = (await group.ack(connection, item.id)) > 0
      if (isOurs) return [settledEvent('acknowledged', delivery, 'broker')]
      return [settledEvent('acknowledged', delivery, 'client', CLAIMED_BY_OTHER)]
    }
    case 'requeue': {
      if (isExhausted(worker, item)) {
        return giveUp(worker, connection, item, delivery, `${reason}, at attempt ${item.attempt}`)
      }
      const isOurs = await group.release(connection, item.id, false)
      return isOurs
        ? [settledEvent('requeued', delivery, 'broker', reason)]
        : [settledEvent('requeued', delivery, 'client', CLAIMED_BY_OTHER)]
    }
    case 'reject':
      return giveUp(worker, connection, item, delivery, reason)
  }
}

function isExhausted({ shared, isQueue }: StreamWorker, { attempt }: HeldEntry): boolean {
  const { maxAttempts } = shared.settings()
  return isQueue && maxAttempts > 0 && attempt >= maxAttempts
}

async function giveUp(
  worker: StreamWorker,
  connection: Connection,
  item: HeldEntry,
  delivery: number,
  reason: string,
): Promise<ConsumerEvent[]> {
  const deadLettered = await deadLetter(worker, connection, item, reason)
  if (deadLettered) return [deadLettered, settledEvent('rejected', delivery, 'broker', reason)]
  const gone = `${reason}; acknowledged, and gone: there are no dead letters`
  return [settledEvent('rejected', delivery, 'broker', gone)]
}

/**
 * Moves an entry to the dead letters and acknowledges it, both or neither. Null where there are no dead letters: it is
 * acknowledged then, and gone. Throws the raw error.
 */
export async function deadLetter(
  { shared, group, isQueue }: StreamWorker,
  connection: Connection,
  { id, identity, messageId, attempt: attempts, fields }: HeldEntry,
  reason: string,
): Promise<ConsumerEvent | null> {
  const { dead, address } = shared
  if (!isQueue || !shared.settings().deadLetters) {
    await group.ack(connection, id)
    return null
  }
  const at = now()
  const all = [...fields, ...deadLetterFields({ id, reason, attempts }, address, at)]
  await group.deadLetter(connection, dead, id, all)
  return { type: 'dead-lettered', messageId, identity, to: dead, reason, attempts, evidence: 'broker', at }
}
