import type { Settings } from '#lib/protocol/room.ts'
import type { Declared, DestinationSpec } from '../contract.ts'
import { noteOf } from '../kit/declaration-notes.ts'
import { type LostAt, ManagedDestination, type TopologyParts } from './managed-destination.ts'
import type { FoundDestination } from './management.ts'
import { type ExchangeSettings, exchangeSettings, knownSettings, parsed } from './settings.ts'

/** The name of the alternate exchange, and of the queue bound to it, that gets what no binding takes. */
export const unroutedOf = (address: string): string => `${address}.unrouted`

/** An exchange keeps no message; its subscribers bind exclusive queues to it. */
export class ManagedExchange extends ManagedDestination {
  readonly kind = 'exchange'
  #settings: ExchangeSettings

  /** Throws AppError `invalid`. */
  constructor(parts: TopologyParts, spec: DestinationSpec) {
    super(parts, spec)
    this.#settings = settingsOf(spec)
  }

  override get type(): string {
    return super.type ?? this.#settings.exchange
  }

  async declare(spec: DestinationSpec): Promise<Declared> {
    this.#settings = settingsOf(spec)
    this.spec = spec
    const { address, owned } = spec
    const { alternateExchange, durable } = this.#settings
    const existed = await this.parts.control.exists('exchange', address)
    if (owned || !existed) {
      this.isMadeHere ||= !existed
      await this.createWith(alternateExchange ? unroutedOf(address) : null, () => this.#assert())
      this.durable = durable
    }
    await this.readProperties()
    return { ...this.described(), existed, ...noteOf(this.sideNote()) }
  }

  override async remove(keep: boolean): Promise<void> {
    const { address } = this.spec
    await super.remove(keep)
    this.parts.unbound(address, `the exchange "${address}" was removed`)
  }

  protected asked(): ExchangeSettings {
    return this.#settings
  }

  protected settingsIn({ type, durable, arguments: given }: FoundDestination): Settings {
    const alternateExchange = given['alternate-exchange'] === unroutedOf(this.spec.address)
    return knownSettings(exchangeSettings, { exchange: type, durable, alternateExchange })
  }

  /** Counts as a redeclaration because all its bindings were gone with it. */
  protected async ensureItself(lostAt: LostAt): Promise<void> {
    const { address } = this.spec
    if (await this.parts.control.exists('exchange', address)) return
    this.mustRevive(lostAt)
    await this.#recreate()
    this.redeclarations += 1
    const text =
      lostAt === null
        ? `The exchange "${address}" was deleted, and so were its bindings. It was declared anew, and its subscribers bind again.`
        : `The exchange "${address}" was gone when RabbitMQ was back, and so were its bindings. It was declared anew.`
    this.parts.fault(address, 'exchange-lost', text)
    this.parts.unbound(address, text)
  }

  async #assert(): Promise<void> {
    const { address } = this.spec
    const { exchange, durable, alternateExchange } = this.#settings
    const options = alternateExchange ? { durable, alternateExchange: unroutedOf(address) } : { durable }
    await this.parts.control.withChannel((channel) => channel.assertExchange(address, exchange, options))
  }

  /** With the properties it had, where they are known, so that the program that made it finds what it expects. */
  async #recreate(): Promise<void> {
    if (this.found === null) return this.#assert()
    const { type, durable, auto_delete: autoDelete, internal, arguments: given } = this.found
    const options = { durable, autoDelete, internal, arguments: given }
    await this.parts.control.withChannel((channel) =>
      channel.assertExchange(this.spec.address, type, options),
    )
  }
}

const settingsOf = ({ settings }: DestinationSpec) => parsed(exchangeSettings, settings, 'exchange')
