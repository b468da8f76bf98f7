import type { Declared, DestinationSpec } from '#lib/brokers/contract.ts'
import { DeclaredDestinations } from '#lib/brokers/kit/declared-destinations.ts'
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
  readonly #destinations = new DeclaredDestinations<Destination>()

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
    const known = this.#destinations.known(address)
    const destination = known?.kind === kind ? known : this.#create(kind, spec)
    return this.#destinations.declare(address, destination, () => destination.declare(spec))
  }

  /** When it throws, nothing is forgotten. */
  remove(address: string, keep: boolean): Promise<void> {
    return this.#destinations.remove(address, (known, isHalfMade) =>
      (known ?? this.of(address)).remove(keep, isHalfMade),
    )
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
