import type {
  AttachedConsumer,
  ConsumerEvent,
  ConsumerSpec,
  OutgoingMessage,
  Receipt,
} from '#lib/brokers/contract.ts'
import type { FanoutFacts } from '#lib/protocol/facts.ts'
import { createChannels } from './channels.ts'
import type { Connection } from './connection.ts'
import { attachConsumer, type DriverParts } from './consume.ts'
import { readChannelFacts } from './facts.ts'
import { publishToChannel } from './publish.ts'
import { Subscriber } from './subscriber.ts'

/** All channels of one driver. Redis keeps nothing of them: there is nothing to declare, alter or remove. */
export interface Fanout {
  publish(connection: Connection, address: string, message: OutgoingMessage): Promise<Receipt>
  /** Throws AppError; `broker-down` also when closing begins meanwhile. */
  attach(spec: ConsumerSpec, listener: (event: ConsumerEvent) => void): Promise<AttachedConsumer>
  facts(connection: Connection, address: string): Promise<FanoutFacts>
  /** Forgets the channel's order, if nothing is on its way. */
  forget(address: string): void
}

export function createFanout(parts: DriverParts): Fanout {
  const channels = createChannels()
  return {
    publish: (connection, address, message) =>
      parts.trackReceipt(publishToChannel(connection, channels, address, message)),
    attach: (spec, listener) =>
      attachConsumer(parts, (onEnded) => new Subscriber({ spec, parts, listener, onEnded }, channels)),
    facts: (connection, address) => {
      const subscribers = parts.consumers.all().filter((consumer) => consumer instanceof Subscriber)
      return readChannelFacts(connection, address, subscribers)
    },
    forget: channels.tidy,
  }
}
