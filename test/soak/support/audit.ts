import { connect } from 'amqplib'
import { Redis } from 'ioredis'
import { type EventOf, isLifeEvent, type RoomEvent } from '#lib/protocol/events.ts'
import type { RoomSnapshot } from '#lib/protocol/room.ts'
import { type Receiver, receive } from '#test/support/outside-programs.ts'
import { until } from '#test/support/until.ts'
import type { Sent } from './odd-messages.ts'
import { sendFromOutside } from './outside-producers.ts'
import { type Cell, RECOVERY_MAX_MS, type World } from './world.ts'

/** How many messages an outside program and the room itself send to each cell in an audit. */
const OUTSIDE_MESSAGES = 30
const OWN_MESSAGES = 5

/** What a program outside counted on the broker: every text of the audit, and how often it read it. */
interface OutsideCount {
  texts(): Promise<readonly string[]>
  close(): Promise<unknown>
}

/** An exclusive queue bound to the exchange. */
async function listenToExchange({ brokers }: World, { address }: Cell): Promise<OutsideCount> {
  const texts: string[] = []
  const connection = await connect(brokers.rabbitmq.url)
  const channel = await connection.createChannel()
  const { queue } = await channel.assertQueue('', { exclusive: true })
  await channel.bindQueue(queue, address, '#')
  await channel.consume(queue, (message) => void texts.push(message?.content.toString() ?? ''), {
    noAck: true,
  })
  return { texts: async () => texts, close: () => connection.close() }
}

/** A reader of the stream from what is written next. */
async function readRabbitmqStream({ brokers }: World, { address }: Cell): Promise<OutsideCount> {
  const texts: string[] = []
  const connection = await connect(brokers.rabbitmq.url)
  const channel = await connection.createChannel()
  await channel.prefetch(OUTSIDE_MESSAGES)
  await channel.consume(
    address,
    (message) => {
      if (message === null) return
      texts.push(message.content.toString())
      channel.ack(message)
    },
    { arguments: { 'x-stream-offset': 'next' } },
  )
  return { texts: async () => texts, close: () => connection.close() }
}

async function subscribeToChannel({ brokers }: World, { address }: Cell): Promise<OutsideCount> {
  const texts: string[] = []
  const redis = new Redis(brokers.redis.url)
  redis.on('message', (_channel, text: string) => void texts.push(text))
  await redis.subscribe(address)
  return { texts: async () => texts, close: async () => redis.disconnect() }
}

async function readRedisStream({ brokers }: World, { address }: Cell): Promise<OutsideCount> {
  const redis = new Redis(brokers.redis.url)
  const [last] = await redis.xrevrange(address, '+', '-', 'COUNT', 1)
  const after = last === undefined ? '-' : `(${last[0]}`
  const bodyOf = (fields: string[]) => fields[fields.indexOf('body') + 1] ?? ''
  return {
    texts: async () => (await redis.xrange(address, after, '+')).map(([, fields]) => bodyOf(fields)),
    close: async () => redis.disconnect(),
  }
}

/** kcat from the end of each partition. It reports each partition's end once, and is at work when it has. */
async function readTopic({ brokers }: World, { address }: Cell): Promise<OutsideCount> {
  const from = Date.now()
  let reader: Receiver | undefined
  const open = () =>
    receive(
      ['kcat', '-C', '-q', '-u', '-b', brokers.kafka.url, '-t', address, '-o', `s@${from}`, '-f', '%s\\n'],
      async () => true,
    )
  return {
    texts: async () => {
      reader ??= await open()
      return reader.lines
    },
    close: async () => reader?.stop(),
  }
}

/** Who counts outside, for each cell where an outside reader takes nothing from anybody. */
function openOutsideCount(world: World, cell: Cell): Promise<OutsideCount> | undefined {
  if (cell.system === 'kafka') return readTopic(world, cell)
  switch (cell.mode) {
    case 'fanout':
      return cell.system === 'redis' ? subscribeToChannel(world, cell) : listenToExchange(world, cell)
    case 'log':
      return cell.system === 'redis' ? readRedisStream(world, cell) : readRabbitmqStream(world, cell)
    default:
      return undefined
  }
}

/** Deliveries of an audit: for each text, how often each consumer has had it. */
class Arrivals {
  private readonly byText = new Map<string, Map<string, number>>()
  /** A message's content rides on its first event only. */
  private readonly textOf = new Map<string, string>()

  take(event: RoomEvent): void {
    if (!isLifeEvent(event)) return
    if (event.text !== undefined) this.textOf.set(event.messageId, event.text)
    if (event.kind === 'delivered') this.count(event)
  }

  private count({ messageId, consumer }: EventOf<'delivered'>): void {
    const text = this.textOf.get(messageId)
    if (text === undefined) return
    const counts = this.byText.get(text) ?? new Map<string, number>()
    counts.set(consumer, (counts.get(consumer) ?? 0) + 1)
    this.byText.set(text, counts)
  }

  times(text: string, consumer: string): number {
    return this.byText.get(text)?.get(consumer) ?? 0
  }
}

async function sendAudit(world: World, cell: Cell, label: string, sent: Sent): Promise<string[]> {
  const outside = Array.from({ length: OUTSIDE_MESSAGES }, (_, n) => `${label} outside ${n}`)
  const own = Array.from({ length: OWN_MESSAGES }, (_, n) => `${label} own ${n}`)
  for (const text of [...outside, ...own]) sent.remember(Buffer.from(text))
  await sendFromOutside(
    world,
    cell,
    outside.map((text) => ({ body: Buffer.from(text), headers: {} })),
  )
  for (const text of own) {
    const answer = await world.ask('POST', '/messages', { system: cell.system, destination: cell.name, text })
    if (answer.status !== 202) throw new Error(`${text}: ${answer.status} ${JSON.stringify(answer.body)}`)
  }
  return [...outside, ...own]
}

/** Those who are due one copy together: all workers of a queue, all members of a group, or one reader. */
function audiencesOf({ system, mode, name }: Cell, { consumers }: RoomSnapshot): string[][] {
  const audiences = new Map<string, string[]>()
  for (const consumer of consumers) {
    if (consumer.system !== system || consumer.destination !== name) continue
    const audience = mode === 'queue' ? name : (consumer.group ?? consumer.name)
    audiences.set(audience, [...(audiences.get(audience) ?? []), consumer.name])
  }
  return [...audiences.values()]
}

/** Texts that an audience has not had exactly once: none in the end. */
function differences(texts: readonly string[], audiences: readonly string[][], arrivals: Arrivals): string[] {
  return texts.flatMap((text) =>
    audiences.flatMap((readers) => {
      const times = readers.reduce((sum, reader) => sum + arrivals.times(text, reader), 0)
      return times === 1 ? [] : [`${text}: ${readers.join(' and ')} got it ${times} times`]
    }),
  )
}

/**
 * Proves that a cell works as its mode promises, whatever was done to it before: messages from outside and from the room
 * reach every reader once, or one of the workers; an outside program counted the same; and nothing waits afterwards. (A log
 * keeps what was sent while it had no reader.)
 */
async function auditCell(world: World, cell: Cell, round: number, sent: Sent): Promise<void> {
  const label = `audit ${round} ${cell.name}`
  const arrivals = new Arrivals()
  const forget = world.follower.onEvent((event: RoomEvent) => {
    if ('destination' in event && event.system === cell.system && event.destination === cell.name)
      arrivals.take(event)
  })
  const audiences = audiencesOf(cell, await world.snapshot())
  const sentBefore = world.follower.ledger.tally(cell.system, cell.name)?.sent ?? 0
  const outside = await openOutsideCount(world, cell)
  try {
    const texts = await sendAudit(world, cell, label, sent)
    await until(
      `${label}: every reader to have got what it is due`,
      () => {
        const found = differences(texts, audiences, arrivals)
        if (found.length > 0) throw new Error(`${found.length} differ: ${found.slice(0, 3).join('; ')}`)
        return true
      },
      { timeoutMs: RECOVERY_MAX_MS },
    )
    if (outside)
      await until(`${label}: an outside program to count the same`, async () => {
        const counted = (await outside.texts()).filter((text) => text.startsWith(`${label} `))
        if (counted.toSorted().join() !== texts.toSorted().join())
          throw new Error(`${counted.length} counted`)
        return true
      })
    await until(
      `${label}: the ledger to count what was sent, and nothing to wait`,
      () => {
        const tally = world.follower.ledger.tally(cell.system, cell.name)
        const waiting = cell.mode === 'log' ? 0 : tally?.waiting
        if (tally?.sent !== sentBefore + OWN_MESSAGES || waiting !== 0)
          throw new Error(`sent before ${sentBefore}, now ${JSON.stringify(tally)}`)
        return true
      },
      { timeoutMs: RECOVERY_MAX_MS },
    )
  } finally {
    forget()
    await outside?.close()
  }
}

/** Audits all cells side by side. Rejects with the first that does not do what its mode promises. */
export async function audit(world: World, round: number, sent: Sent): Promise<void> {
  await Promise.all(world.cells.map((cell) => auditCell(world, cell, round, sent)))
}
