import type { ConnectionRoute } from '#lib/brokers/contract.ts'
import { ConsumerProxy } from '#lib/faults/consumer-proxy.ts'
import type { LineDamage, LineFault, MadeFault } from '#lib/protocol/faults.ts'
import type { ConsumerStatus } from './consumer-status.ts'
import { consumerMark } from './made-faults.ts'
import type { RoomContext } from './room-context.ts'

/** The line between one consumer and its broker, and the fault that somebody made on it. Straight until the first. */
export class ConsumerLine {
  readonly #ctx: RoomContext
  readonly #status: ConsumerStatus
  #proxy: ConsumerProxy | undefined

  constructor(ctx: RoomContext, status: ConsumerStatus) {
    this.#ctx = ctx
    this.#status = status
  }

  /** Where its connections go; undefined: straight to the broker. */
  get route(): ConnectionRoute | undefined {
    return this.#proxy
  }

  /**
   * Makes the fault, and ends the one before it. `reconnect` is called where its connections do not go through the proxy
   * yet; what it throws is thrown, and then nothing has changed.
   */
  async make(fault: LineDamage, by: string | undefined, reconnect: () => Promise<void>): Promise<void> {
    const proxy = await this.#standing(reconnect)
    this.#markEnd(by)
    if (fault.kind === 'cut') {
      this.#mark({ what: 'cut', phase: 'once' }, by)
      this.#status.setFault(undefined)
      proxy.cut()
      return
    }
    this.#status.setFault(fault)
    this.#mark({ ...marked(fault), phase: 'begins' }, by)
    proxy.set(fault)
  }

  /** Ends the fault that holds, if any: the line is whole again. */
  lift(by?: string): void {
    this.#proxy?.lift()
    if (this.#status.now.fault === undefined) return
    this.#markEnd(by)
    this.#status.setFault(undefined)
  }

  /** Idempotent. */
  close(): void {
    void this.#proxy?.close()
    this.#proxy = undefined
  }

  async #standing(reconnect: () => Promise<void>): Promise<ConsumerProxy> {
    this.#proxy ??= new ConsumerProxy()
    const proxy = this.#proxy
    proxy.stand()
    if (proxy.connections > 0) return proxy
    try {
      await reconnect()
      return proxy
    } catch (error) {
      proxy.lift()
      throw error
    }
  }

  #markEnd(by: string | undefined): void {
    const { fault } = this.#status.now
    if (fault !== undefined) this.#mark({ ...marked(fault), phase: 'ends' }, by)
  }

  #mark(made: MadeFault, by: string | undefined): void {
    const { system, destination, name } = this.#status.now
    const place = { system, destination, consumer: name }
    this.#ctx.stream.emit(consumerMark(place, by === undefined ? made : { ...made, by }))
  }
}

const marked = ({ kind, ...rest }: LineFault) => ({ what: kind, ...rest })
