import type { RoomEvent } from '#lib/protocol/events.ts'
import { consumerId, destinationId } from '#lib/protocol/names.ts'
import type { Consumer, Destination, RoomSnapshot } from '#lib/protocol/room.ts'

type Unnumbered = RoomEvent extends infer E ? (E extends RoomEvent ? Omit<E, 'seq'> : never) : never

/** Events of a lobby in which every message goes to all three systems: an endless stream, numbered from 1. */
export interface ClassicStream {
  take(count: number): RoomEvent[]
}

const PARTITIONS = 3

/** The lobby before its first message: its three destinations and their seven consumers. */
export function classicRoom(epoch = 'epoch-1'): RoomSnapshot {
  return {
    room: 'lobby',
    epoch,
    seq: 0,
    firstSeq: 1,
    number: 0,
    destinations: [
      destination('rabbitmq', 'mailbox', 'queue'),
      destination('redis', 'chatroom', 'fanout'),
      destination('kafka', 'datascience', 'log'),
    ],
    consumers: [
      consumer('rabbitmq', 'mailbox', 'worker-1'),
      consumer('rabbitmq', 'mailbox', 'worker-2'),
      consumer('redis', 'chatroom', 'subscriber-1'),
      consumer('redis', 'chatroom', 'subscriber-2'),
      consumer('kafka', 'datascience', 'reader-1', 'analytics'),
      consumer('kafka', 'datascience', 'reader-2', 'analytics'),
      consumer('kafka', 'datascience', 'reader-3', 'audit'),
    ],
    people: [],
    brokers: [],
    loads: [],
  }
}

const destination = (system: string, name: string, mode: Destination['mode']): Destination => ({
  id: destinationId(system, name),
  system,
  name,
  mode,
  address: name,
  settings: {},
  state: 'declared',
  traits: [],
})

const consumer = (system: string, destination: string, name: string, group?: string): Consumer => ({
  id: consumerId(system, destination, name),
  name,
  system,
  destination,
  ...(group === undefined ? {} : { group }),
  settings: {},
  state: 'attached',
  since: 1_700_000_000_000,
})

export function createClassicStream(epoch = 'epoch-1'): ClassicStream {
  let seq = 0
  let number = 0
  const ready: RoomEvent[] = []
  const push = (event: Unnumbered): void => {
    seq += 1
    ready.push({ ...event, seq } as RoomEvent)
  }
  const takeOne = (): void => {
    number += 1
    for (const event of oneMessage(number, epoch)) push(event)
  }
  return {
    take: (count) => {
      while (ready.length < count) takeOne()
      return ready.splice(0, count)
    },
  }
}

/** One message to all three: its three receipts, five arrivals, one acknowledgement and two commits. */
function oneMessage(number: number, epoch: string): Unnumbered[] {
  const at = 1_700_000_000_000 + number * 2
  const messageId = `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`
  const base = { epoch, at, room: 'lobby', evidence: 'broker' as const }
  const content = {
    number,
    text: `message ${number} of the classic stream`,
    sender: 'Quiet Otter',
    sentAt: at,
  }
  return [
    ...queueLife({ ...base, system: 'rabbitmq', destination: 'mailbox', messageId }, number, content),
    ...fanoutLife({ ...base, system: 'redis', destination: 'chatroom', messageId }),
    ...logLife({ ...base, system: 'kafka', destination: 'datascience', messageId }, number),
  ]
}

interface Place {
  epoch: string
  at: number
  room: string
  evidence: 'broker'
  system: string
  destination: string
  messageId: string
}

const arrival = { attempt: 1, redelivered: false, latencyMs: 1.5 }

function queueLife(place: Place, number: number, content: object): Unnumbered[] {
  const consumer = `worker-${(number % 2) + 1}`
  const address = {
    kind: 'queue' as const,
    queue: 'mailbox',
    exchange: '',
    routingKey: 'mailbox',
    deliveryTag: number,
  }
  return [
    {
      kind: 'delivered',
      ...place,
      ...content,
      ...arrival,
      consumer,
      delivery: number,
      address,
      inHand: true,
    },
    { kind: 'published', ...place, receiptMs: 0.7 },
    { kind: 'acknowledged', ...place, consumer, delivery: number },
  ]
}

function fanoutLife(place: Place): Unnumbered[] {
  const delivery = Number.parseInt(place.messageId.slice(-12), 16)
  const address = { kind: 'channel' as const, channel: 'chatroom' }
  return [
    { kind: 'delivered', ...place, ...arrival, consumer: 'subscriber-1', delivery, address },
    { kind: 'delivered', ...place, ...arrival, consumer: 'subscriber-2', delivery, address },
    { kind: 'published', ...place, receiptMs: 0.2, heardBy: 2 },
  ]
}

function logLife(place: Place, number: number): Unnumbered[] {
  const partition = number % PARTITIONS
  const offset = Math.floor(number / PARTITIONS)
  const analyst = partition === 0 ? 'reader-1' : 'reader-2'
  const address = { kind: 'offset' as const, topic: 'datascience', partition, offset: String(offset) }
  const { messageId: _, ...bare } = place
  const upTo = String(offset + 1)
  return [
    { kind: 'published', ...place, receiptMs: 1.9, address },
    {
      kind: 'delivered',
      ...place,
      ...arrival,
      consumer: analyst,
      group: 'analytics',
      delivery: number,
      address,
    },
    {
      kind: 'delivered',
      ...place,
      ...arrival,
      consumer: 'reader-3',
      group: 'audit',
      delivery: number,
      address,
    },
    { kind: 'committed', ...bare, consumer: analyst, group: 'analytics', partition, upTo },
    { kind: 'committed', ...bare, consumer: 'reader-3', group: 'audit', partition, upTo },
  ]
}
