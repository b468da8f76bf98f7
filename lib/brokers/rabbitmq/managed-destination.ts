import type { AppError } from '#lib/protocol/errors.ts'
import type { Declared, DestinationSpec } from '../contract.ts'
import type { Control } from './control.ts'
import type { Management } from './management.ts'
import { queueExists } from './queue.ts'

/** A destination once it was made sure that it is there. */
export interface Ensured {
  /**
   * Rises each time the destination was gone and was declared anew, so that a consumer learns that it is another one.
   * Null for a destination that was not declared here.
   */
  generation: number | null
  /** classic, quorum, stream; null while unknown, and for an exchange. */
  queueType: string | null
}

/** Why a destination is checked. `lostAt`: when the connection was lost, Unix time in milliseconds. */
export type EnsureCause =
  | { cause: 'connection-lost'; lostAt: number }
  | { cause: 'deleted' }
  | { cause: 'first-attach' }

/** What becomes of a message that a consumer rejects or returns too often. */
export interface DeadLetterPolicy {
  /** The destination that it goes to, by name; null: none, as far as known. */
  deadLetters: string | null
  /** How often a message may come back before the queue gives up on it; null while unknown or without limit. */
  deliveryLimit: number | null
}

export const NO_DEAD_LETTERS: DeadLetterPolicy = { deadLetters: null, deliveryLimit: null }

/** A queue, stream or exchange that this driver keeps declared. Its owner runs its operations one after another. */
export interface ManagedDestination {
  readonly spec: DestinationSpec
  readonly isExchange: boolean
  /** fanout, topic, direct, headers; null while unknown, and for a queue. */
  readonly exchangeType: string | null
  /** classic, quorum, stream; null while unknown, and for an exchange. */
  readonly queueType: string | null
  /** Null while unknown. */
  readonly durable: boolean | null
  /** For its dead letters, or for what an exchange could not route. */
  readonly sideQueue: SideQueue | null
  readonly deadLetterPolicy: DeadLetterPolicy
  /** How long a stream keeps a message at least, milliseconds; null: for good, or by size, and for other destinations. */
  readonly retentionMs: number | null
  /** Throws AppError `invalid` for settings it can't have, `broker-refused`. */
  declare(spec: DestinationSpec): Promise<Declared>
  /** Declares it anew when it is gone. */
  ensure(cause: EnsureCause): Promise<Ensured>
  /** Deletes what was made for it; with `keep`, all but itself. */
  remove(keep: boolean): Promise<void>
}

export interface TopologyParts {
  control: Control
  management: Management
  report: TopologyReport
}

/** What its driver is notified of. */
export interface TopologyReport {
  /** It was gone and was declared anew. */
  redeclared(address: string, code: 'queue-lost' | 'exchange-lost', text: string): void
  /** The broker refused to declare it anew. */
  refused(address: string, error: AppError): void
  /** No queue is bound to this exchange any more. */
  unbound(address: string, text: string): void
  /** The exchanges could not be checked after a publish did not find one. */
  notEnsured(address: string, error: unknown): void
}

/** An exchange and a queue of the same name beside a destination: for its dead letters, or for unrouted messages. */
export interface SideQueue {
  readonly name: string
  /** Rises each time the queue was found to be gone, with everything in it. */
  readonly generation: number
  /** Makes what is missing. Throws AppError `broker-refused` when something else of that name is in the way. */
  ensure(): Promise<void>
  /** With `onlyMade`, leaves it there unless it was made here. */
  remove(onlyMade: boolean): Promise<void>
}

/** Both are durable, so that dead letters survive a restart, and so that no version of RabbitMQ refuses them. */
export function createSideQueue(control: Control, name: string): SideQueue {
  let generation = 0
  let isMadeHere = false
  let wasEnsured = false
  return {
    name,
    get generation() {
      return generation
    },
    ensure: async () => {
      if (!(await queueExists(control, name))) {
        isMadeHere = true
        if (wasEnsured) generation += 1
      }
      await control.withChannel(async (channel) => {
        await channel.assertExchange(name, 'fanout', { durable: true })
        await channel.assertQueue(name, { durable: true })
        await channel.bindQueue(name, name, '')
      })
      wasEnsured = true
    },
    remove: async (onlyMade) => {
      if (onlyMade && !isMadeHere) return
      await control.withChannel(async (channel) => {
        await channel.deleteQueue(name)
        await channel.deleteExchange(name)
      })
    },
  }
}
