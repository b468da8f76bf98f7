import { AppError } from '#lib/protocol/errors.ts'
import type { Declared, DestinationSpec } from '../contract.ts'
import type { Control } from './control.ts'
import { isReply, REPLY } from './failures.ts'
import {
  createSideQueue,
  type EnsureCause,
  type ManagedDestination,
  NO_DEAD_LETTERS,
  type SideQueue,
  type TopologyParts,
} from './managed-destination.ts'
import type { FoundExchange } from './management.ts'
import { durabilityWord } from './queue.ts'
import { type ExchangeSettings, exchangeSettings, parsed } from './settings.ts'

/** The name of the alternate exchange, and of the queue bound to it, that gets what no binding takes. */
export const unroutedOf = (address: string): string => `${address}.unrouted`

/** By a passive declaration. */
export async function exchangeExists(control: Control, name: string): Promise<boolean> {
  try {
    await control.withChannel((channel) => channel.checkExchange(name))
    return true
  } catch (error) {
    if (isReply(error, REPLY.NOT_FOUND)) return false
    throw error
  }
}

export const noSuchExchange = (name: string): AppError =>
  new AppError('broker-refused', `RabbitMQ has no exchange "${name}"`, {
    detail: { reason: `there is no exchange "${name}"`, replyCode: REPLY.NOT_FOUND },
  })

interface ExchangeState {
  spec: DestinationSpec
  settings: ExchangeSettings
  sideQueue: SideQueue | null
  /** Rises each time it was gone, with all its bindings. */
  generation: number
  durable: boolean | null
  /** How it was declared, as the broker last said; null while unknown. */
  found: FoundExchange | null
}

const settingsOf = ({ settings }: DestinationSpec) => parsed(exchangeSettings, settings, 'exchange')

/** An exchange keeps no message; its subscribers bind exclusive queues to it. Throws AppError `invalid`. */
export function createManagedExchange(parts: TopologyParts, first: DestinationSpec): ManagedDestination {
  const exchange: ExchangeState = {
    spec: first,
    settings: settingsOf(first),
    sideQueue: null,
    generation: 0,
    durable: null,
    found: null,
  }
  return {
    isExchange: true,
    get exchangeType() {
      return exchange.found?.type ?? exchange.settings.exchange
    },
    queueType: null,
    deadLetterPolicy: NO_DEAD_LETTERS,
    retentionMs: null,
    get spec() {
      return exchange.spec
    },
    get durable() {
      return exchange.durable
    },
    get sideQueue() {
      return exchange.sideQueue
    },
    declare: (spec) => {
      exchange.settings = settingsOf(spec)
      exchange.spec = spec
      return declare(parts, exchange)
    },
    ensure: async (cause) => {
      await exchange.sideQueue?.ensure()
      await ensure(parts, exchange, cause)
      return { generation: exchange.generation, queueType: null }
    },
    remove: async (keep) => {
      const { spec, sideQueue } = exchange
      if (spec.owned && !keep) {
        await parts.control.withChannel((channel) => channel.deleteExchange(spec.address))
      }
      await sideQueue?.remove(keep || !spec.owned)
      parts.report.unbound(spec.address, `the exchange "${spec.address}" was removed`)
    },
  }
}

/** An exchange that isn't owned is used as it is; an owned one must have these settings, which the broker compares. */
async function declare(parts: TopologyParts, exchange: ExchangeState): Promise<Declared> {
  const { control, management } = parts
  const { spec, settings } = exchange
  const { address, owned } = spec
  const existed = await exchangeExists(control, address)
  if (owned || !existed) {
    const sideQueue = settings.alternateExchange ? createSideQueue(control, unroutedOf(address)) : null
    try {
      await sideQueue?.ensure()
      await assertExchange(control, address, settings)
    } catch (error) {
      if (exchange.sideQueue === null) await sideQueue?.remove(true)
      throw error
    }
    exchange.sideQueue ??= sideQueue
    exchange.durable = settings.durable
  }
  const found = await management.exchange(address)
  if (found) {
    exchange.found = found
    exchange.durable = found.durable
  }
  return { traits: traitsOf(exchange), existed }
}

async function ensure(parts: TopologyParts, exchange: ExchangeState, cause: EnsureCause): Promise<void> {
  const { control, report } = parts
  const { address } = exchange.spec
  if (await exchangeExists(control, address)) return
  await recreateExchange(control, exchange)
  exchange.generation += 1
  const text = lostText(address, cause.cause === 'connection-lost')
  report.redeclared(address, 'exchange-lost', text)
  report.unbound(address, text)
}

function assertExchange(control: Control, name: string, settings: ExchangeSettings): Promise<unknown> {
  const alternate = settings.alternateExchange ? { alternateExchange: unroutedOf(name) } : {}
  return control.withChannel((channel) =>
    channel.assertExchange(name, settings.exchange, { durable: settings.durable, ...alternate }),
  )
}

/** With the properties it had, where they are known, so that the program that made it finds what it expects. */
function recreateExchange(control: Control, { spec, settings, found }: ExchangeState): Promise<unknown> {
  if (found === null) return assertExchange(control, spec.address, settings)
  const { durable, auto_delete: autoDelete, internal, arguments: given } = found
  return control.withChannel((channel) =>
    channel.assertExchange(spec.address, found.type, { durable, autoDelete, internal, arguments: given }),
  )
}

/** Its properties in the broker's words, as far as they are known. */
function traitsOf({ found, durable }: ExchangeState): string[] {
  const isDurable = found?.durable ?? durable
  const traits = isDurable === null ? [] : [durabilityWord(isDurable)]
  if (!found) return traits
  traits.push(found.type)
  if (found.auto_delete) traits.push('auto-delete')
  if (found.internal) traits.push('internal')
  for (const [name, value] of Object.entries(found.arguments)) traits.push(`${name} ${String(value)}`)
  return traits
}

const lostText = (name: string, restarted: boolean): string =>
  restarted
    ? `The exchange "${name}" was gone when RabbitMQ was back, and so were its bindings. It was declared anew.`
    : `The exchange "${name}" was deleted, and so were its bindings. It was declared anew, and its subscribers bind again.`
