import { AppError } from '#lib/protocol/errors.ts'
import type { Declared, DestinationSpec } from '../contract.ts'
import type { Control } from './control.ts'
import { isReply, REPLY } from './failures.ts'
import {
  createSideQueue,
  type EnsureCause,
  type Ensured,
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

/** An exchange keeps no message; its subscribers bind exclusive queues to it. */
export class ManagedExchange implements ManagedDestination {
  readonly isExchange = true
  readonly queueType = null
  readonly deadLetterPolicy = NO_DEAD_LETTERS
  readonly retentionMs = null
  spec: DestinationSpec
  sideQueue: SideQueue | null = null
  durable: boolean | null = null
  readonly #parts: TopologyParts
  #settings: ExchangeSettings
  /** Rises each time it was gone, with all its bindings. */
  #generation = 0
  /** How it was declared, as the broker last said; null while unknown. */
  #found: FoundExchange | null = null

  /** Throws AppError `invalid`. */
  constructor(parts: TopologyParts, spec: DestinationSpec) {
    this.#parts = parts
    this.#settings = settingsOf(spec)
    this.spec = spec
  }

  get exchangeType(): string {
    return this.#found?.type ?? this.#settings.exchange
  }

  /** An exchange that isn't owned is used as it is; an owned one must have these settings, which the broker compares. */
  async declare(spec: DestinationSpec): Promise<Declared> {
    this.#settings = settingsOf(spec)
    this.spec = spec
    const { control, management } = this.#parts
    const { address, owned } = spec
    const existed = await exchangeExists(control, address)
    if (owned || !existed) await this.#create()
    const found = await management.exchange(address)
    if (found) {
      this.#found = found
      this.durable = found.durable
    }
    return { traits: exchangeTraits(found ?? this.#found, this.durable), existed }
  }

  async ensure(cause: EnsureCause): Promise<Ensured> {
    const { control, report } = this.#parts
    const { address } = this.spec
    await this.sideQueue?.ensure()
    if (!(await exchangeExists(control, address))) {
      await this.#recreate()
      this.#generation += 1
      const text = lostText(address, cause.cause === 'connection-lost')
      report.redeclared(address, 'exchange-lost', text)
      report.unbound(address, text)
    }
    return { generation: this.#generation, queueType: null }
  }

  async remove(keep: boolean): Promise<void> {
    const { control, report } = this.#parts
    const { address, owned } = this.spec
    if (owned && !keep) await control.withChannel((channel) => channel.deleteExchange(address))
    await this.sideQueue?.remove(keep || !owned)
    report.unbound(address, `the exchange "${address}" was removed`)
  }

  async #create(): Promise<void> {
    const { control } = this.#parts
    const { alternateExchange, durable } = this.#settings
    const sideQueue = alternateExchange ? createSideQueue(control, unroutedOf(this.spec.address)) : null
    try {
      await sideQueue?.ensure()
      await this.#assert()
    } catch (error) {
      if (this.sideQueue === null) await sideQueue?.remove(true)
      throw error
    }
    this.sideQueue ??= sideQueue
    this.durable = durable
  }

  async #assert(): Promise<void> {
    const { address } = this.spec
    const { exchange, durable, alternateExchange } = this.#settings
    const options = alternateExchange ? { durable, alternateExchange: unroutedOf(address) } : { durable }
    await this.#parts.control.withChannel((channel) => channel.assertExchange(address, exchange, options))
  }

  /** With the properties it had, where they are known, so that the program that made it finds what it expects. */
  async #recreate(): Promise<void> {
    if (this.#found === null) return this.#assert()
    const { type, durable, auto_delete: autoDelete, internal, arguments: given } = this.#found
    const options = { durable, autoDelete, internal, arguments: given }
    await this.#parts.control.withChannel((channel) =>
      channel.assertExchange(this.spec.address, type, options),
    )
  }
}

const settingsOf = ({ settings }: DestinationSpec) => parsed(exchangeSettings, settings, 'exchange')

/** An exchange's properties in the broker's words, as far as they are known. */
function exchangeTraits(found: FoundExchange | null, durable: boolean | null): string[] {
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
