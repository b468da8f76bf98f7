import { randomUUID } from 'node:crypto'
import { type ChannelModel, connect, type Channel as OutsideChannel } from 'amqplib'
import { afterEach } from 'vitest'
import type {
  ConsumerEvent,
  Driver,
  DriverFault,
  DriverOptions,
  OutgoingMessage,
  Receipt,
} from '#lib/brokers/contract.ts'
import { createDriver } from '#lib/brokers/rabbitmq/driver.ts'
import type { QueueFacts } from '#lib/protocol/facts.ts'
import type { Mode } from '#lib/protocol/names.ts'
import type { Settings } from '#lib/protocol/room.ts'
import { now } from '#lib/util/clock.ts'
import { testBrokers, uniqueName } from '#test/support/brokers.ts'
import { until } from '#test/support/until.ts'
import { attachRecorder, quietLog, type Recorder, upWithin } from './contract-bench.ts'

export interface OpenedDriver {
  driver: Driver
  clientName: string
  faults: DriverFault[]
}

/** A plain program beside the dashboard: the client library and nothing of ours. */
export interface Outside {
  channel: OutsideChannel
  send(queue: string, body: Uint8Array | string, properties?: object): void
}

export const textOf = (body: Uint8Array) => Buffer.from(body).toString()
export const settlings = ({ events }: Recorder) =>
  events.filter(({ type }) => type === 'acknowledged' || type === 'requeued' || type === 'rejected')
export const states = ({ events }: Recorder) =>
  events.flatMap((event) => (event.type === 'state' ? [event.state] : []))
export const gaps = ({ events }: Recorder) =>
  events.filter((event): event is Extract<ConsumerEvent, { type: 'gap' }> => event.type === 'gap')

/** What happened at a consumer to its messages, in order, by their texts. */
export function story({ events, deliveries }: Recorder): string[] {
  const texts = new Map(deliveries().map((one) => [one.delivery, textOf(one.body)]))
  return events.flatMap((event) => {
    if (event.type === 'delivered') return [`delivered ${textOf(event.body)}`]
    if (event.type === 'dead-lettered') return [`dead-lettered to ${event.to.split('.').at(-1)}`]
    return 'delivery' in event ? [`${event.type} ${texts.get(event.delivery)}`] : []
  })
}

export const draft = (text: string | Uint8Array, more: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  messageId: randomUUID(),
  body: typeof text === 'string' ? Buffer.from(text) : text,
  sentAt: now(),
  ...more,
})

/** Everything a test makes on RabbitMQ is gone after it. */
export function createRabbitBench() {
  const undo: Array<() => Promise<unknown>> = []
  afterEach(async () => {
    for (let step = undo.pop(); step; step = undo.pop()) await step()
  })

  const open = async (over: Partial<DriverOptions> = {}): Promise<OpenedDriver> => {
    const clientName = uniqueName('rabbit')
    const driver = createDriver({ ...testBrokers().rabbitmq, clientName, log: quietLog, ...over })
    const faults: DriverFault[] = []
    driver.onFault((fault) => void faults.push(fault))
    undo.push(() => driver.close())
    driver.open()
    await upWithin(driver)
    return { driver, clientName, faults }
  }
  return {
    undo,
    open,
    declare: async (
      driver: Driver,
      name = uniqueName('q'),
      mode: Mode = 'queue',
      settings: Settings = {},
    ): Promise<string> => {
      await driver.declare({ address: name, mode, settings, owned: true })
      undo.push(async () => driver.status.status === 'up' && driver.remove(name))
      return name
    },
    attach: async (
      driver: Driver,
      address: string,
      settings: Settings = {},
      mode: Mode = 'queue',
    ): Promise<Recorder> => {
      const name = uniqueName('worker')
      const recorder = await attachRecorder(driver, { name, address, mode, settings })
      undo.push(() => recorder.consumer.leave())
      return recorder
    },
    outside: async (url = testBrokers().rabbitmq.url): Promise<Outside> => {
      const model: ChannelModel = await connect(url, { noDelay: true })
      undo.push(() => model.close())
      const channel = await model.createChannel()
      return {
        channel,
        send: (queue, body, properties = {}) =>
          void channel.sendToQueue(queue, Buffer.from(body), properties),
      }
    },
  }
}

export const publishAll = (driver: Driver, address: string, texts: string[]): Promise<Receipt[]> =>
  Promise.all(texts.map((text) => driver.publish(address, draft(text))))

export const numbered = (word: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${word}${index}`)

export async function queueFacts(driver: Driver, address: string): Promise<QueueFacts> {
  const facts = await driver.facts(address)
  if (facts.mode !== 'queue') throw new Error(`facts of a queue came as ${facts.mode}`)
  return facts
}

/** Waits until the broker's own figures are these. */
export const factsBecome = (driver: Driver, address: string, expected: Partial<QueueFacts>) =>
  until(`facts ${JSON.stringify(expected)}`, async () => {
    const facts = await queueFacts(driver, address)
    const fits = Object.entries(expected).every(([name, value]) => facts[name as keyof QueueFacts] === value)
    if (!fits) throw new Error(`not yet: ${JSON.stringify(facts)}`)
    return facts
  })

/** Asks the management API, which learns of connections up to 5 s late. */
export async function management(method: string, path: string, body?: object): Promise<unknown> {
  const { origin, username, password } = new URL(testBrokers().rabbitmq.managementUrl)
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const headers = { authorization, 'content-type': 'application/json' }
  const given = body === undefined ? {} : { body: JSON.stringify(body) }
  const answer = await fetch(`${origin}${path}`, { method, headers, ...given })
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status}`)
  const text = await answer.text()
  return text === '' ? null : JSON.parse(text)
}

interface ListedConnection {
  name: string
  user_provided_name?: string
}

/** The broker's connections whose given name begins so. */
export async function connectionsNamed(prefix: string): Promise<ListedConnection[]> {
  const all = (await management('GET', '/api/connections')) as ListedConnection[]
  return all.filter((one) => one.user_provided_name?.startsWith(prefix))
}

/** Has the broker end a connection, as an operator would. */
export async function endConnection(prefix: string): Promise<void> {
  const [found] = await until(`a connection ${prefix}`, async () => {
    const all = await connectionsNamed(prefix)
    return all.length > 0 && all
  })
  await management('DELETE', `/api/connections/${encodeURIComponent(found?.name ?? '')}`)
}
