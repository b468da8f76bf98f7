import { type FanoutFacts, fanoutFacts } from '#lib/protocol/facts.ts'
import { exchangeExists, missingExchange, unroutedOf } from './exchange.ts'
import type { FoundBinding } from './management.ts'
import type { DriverParts } from './parts.ts'

type Looking = Pick<DriverParts, 'control' | 'management' | 'topology' | 'ownQueues' | 'attachments'>

/**
 * All of it is the management API's, as AMQP tells nothing of bindings; an exchange found to be gone is declared anew, so
 * that its subscribers bind again. A queue that several bindings lead to counts once.
 */
export async function exchangeFactsOf(parts: Looking, address: string): Promise<FanoutFacts> {
  const { control, management, topology, ownQueues } = parts
  if (!(await exchangeExists(control, address))) {
    if (!topology.of(address)) throw missingExchange(address)
    await topology.ensure(address, 'fanout', { was: 'deleted' })
  }
  const found = await management.bindings(address)
  const bindings = (found ?? []).map((one) => described(one, ownQueues.consumerOf(one.destination)))
  const queues = new Set((found ?? []).filter(isToQueue).map(({ destination }) => destination))
  const outside = [...queues].filter((queue) => ownQueues.consumerOf(queue) === null)
  return fanoutFacts({
    subscribers: found && queues.size,
    outside: found && outside.length,
    outputBuffers: [],
    waiting: await waiting(parts, address),
    bindings,
    unrouted: await unrouted(parts, address),
  })
}

const isToQueue = (one: FoundBinding): boolean => one.destination_type === 'queue'

function described(one: FoundBinding, consumer: string | null) {
  const given = Object.entries(one.arguments).map(([name, value]) => `${name}=${String(value)}`)
  const told = given.length === 0 ? {} : { arguments: given.join(', ') }
  return { consumer, to: one.destination, key: one.routing_key, ...told }
}

/** What waits in each subscriber's own queue, in hand or not. */
async function waiting(
  { attachments, management }: Looking,
  address: string,
): Promise<FanoutFacts['waiting']> {
  const ours = [...attachments].filter(({ spec }) => spec.address === address)
  return Promise.all(
    ours.map(async ({ spec, reading }) => {
      const totals = await management.totals(reading.subscription().queue)
      const { messages_ready: ready, messages_unacknowledged: unacked } = totals ?? {}
      const messages = ready === undefined || unacked === undefined ? null : ready + unacked
      return { consumer: spec.name, messages }
    }),
  )
}

async function unrouted(
  { topology, management }: Looking,
  address: string,
): Promise<FanoutFacts['unrouted']> {
  if (!topology.of(address)?.helper) return null
  const queue = unroutedOf(address)
  return { queue, ready: (await management.totals(queue))?.messages_ready ?? null }
}
