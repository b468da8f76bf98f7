import { AppError } from '#lib/protocol/errors.ts'
import type { FoundDestination, FoundDestinations } from '#lib/protocol/found-destinations.ts'
import type { DestinationPage, Management } from './management.ts'
import { exchangeSettings } from './settings.ts'

/** As many queues and as many exchanges are asked for at most; more than are listed, since rooms' own are among them. */
const ASKED_FOR = 500
/** The broker's own: its exchanges, and names that it made for a client. */
const OWN_PREFIX = 'amq.'
const EXCHANGES = exchangeSettings.shape.exchange.unwrap()

type Item = DestinationPage['items'][number]

function queueOf({ name: address, type, durable }: Item): FoundDestination {
  if (type === 'stream') return { address, mode: 'log', settings: {} }
  return { address, mode: 'queue', settings: type === 'quorum' ? { type, durable } : { durable } }
}

function exchangeOf({ name: address, type, durable, internal }: Item): FoundDestination[] {
  const exchange = EXCHANGES.safeParse(type).data
  return exchange === undefined || internal
    ? []
    : [{ address, mode: 'fanout', settings: { exchange, durable } }]
}

const isOwn = ({ name }: Item): boolean => name === '' || name.startsWith(OWN_PREFIX)

/** Queues, streams and exchanges of the virtual host, which only the management API lists. Throws AppError `not-capable` without it. */
export async function listDestinations(
  management: Management,
  wanted: (address: string) => boolean,
  limit: number,
): Promise<FoundDestinations> {
  const pages = await Promise.all([
    management.list('queue', ASKED_FOR),
    management.list('exchange', ASKED_FOR),
  ])
  const [queues, exchanges] = pages
  if (!queues || !exchanges) {
    const reason = 'RabbitMQ lists what it has only by its management API, which does not answer.'
    throw new AppError('not-capable', reason, { detail: { reason } })
  }
  const found = [
    ...queues.items.filter((one) => !one.exclusive && !isOwn(one)).map(queueOf),
    ...exchanges.items.filter((one) => !isOwn(one)).flatMap(exchangeOf),
  ].filter(({ address }) => wanted(address))
  const isAll = [queues, exchanges].every(({ items, filtered_count: all }) => items.length === all)
  return { destinations: found.slice(0, limit), complete: isAll && found.length <= limit }
}
