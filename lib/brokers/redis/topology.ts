import type { Declared, DestinationSpec } from '#lib/brokers/contract.ts'
import { unreachable } from '#lib/util/unreachable.ts'
import { Channel } from './channel.ts'
import { Channels } from './channels.ts'
import type { DriverParts } from './consume.ts'
import type { Destination } from './destination.ts'
import { ListQueue } from './list-queue.ts'
import { LogStream } from './log-stream.ts'
import { parsed, QUEUE } from './settings.ts'
import { StreamQueue } from './stream-queue.ts'

/** The destinations of one driver, by address. */
export class Topology {
  readonly #parts: DriverParts
  readonly #channels = new Channels()
  readonly #destinations = new Map<string, Destination>()
  /** Those whose declaring failed: what was made for them may be there. */
  readonly #halfMade = new Map<string, Destination>()

  constructor(parts: DriverParts) {
    this.#parts = parts
  }

  /** What nobody declared is a channel: that exists while somebody listens to it. */
  of(address: string): Destination {
    return this.#destinations.get(address) ?? new Channel(this.#parts, address, this.#channels)
  }

  /** Throws AppError `invalid`, or the raw error; what was made by then is deleted by `remove`. */
  async declare(spec: DestinationSpec): Promise<Declared> {
    const kind = kindOf(spec)
    const { address } = spec
    const known = this.#destinations.get(address) ?? this.#halfMade.get(address)
    const destination = known?.kind === kind ? known : this.#create(kind, spec)
    try {
      const declared = await destination.declare(spec)
      this.#destinations.set(address, destination)
      // A second try finds what the first one made.
      const wasHalfMade = this.#halfMade.delete(address) && destination.isMadeHere
      return wasHalfMade ? { ...declared, existed: false } : declared
    } catch (error) {
      if (this.#destinations.get(address) !== destination) this.#halfMade.set(address, destination)
      throw error
    }
  }

  /** When it throws, nothing is forgotten. */
  async remove(address: string, keep: boolean): Promise<void> {
    const halfMade = this.#halfMade.get(address)
    const declared = this.#destinations.get(address)
    await (declared ?? halfMade ?? this.of(address)).remove(keep, declared === undefined)
    this.#destinations.delete(address)
    this.#halfMade.delete(address)
  }

  #create(kind: Destination['kind'], { address, settings }: DestinationSpec): Destination {
    switch (kind) {
      case 'stream':
        return new StreamQueue(this.#parts, address, settings)
      case 'list':
        return new ListQueue(this.#parts, address)
      case 'log':
        return new LogStream(this.#parts, address, settings)
      case 'channel':
        return new Channel(this.#parts, address, this.#channels)
      default:
        return unreachable(kind)
    }
  }
}

function kindOf({ mode, settings }: DestinationSpec): Destination['kind'] {
  switch (mode) {
    case 'queue':
      return parsed(QUEUE, settings).kind
    case 'log':
      return 'log'
    case 'fanout':
      return 'channel'
    default:
      return unreachable(mode)
  }
}
