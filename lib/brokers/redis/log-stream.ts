import type { LogFacts } from '#lib/protocol/facts.ts'
import type { Settings } from '#lib/protocol/room.ts'
import type { Connection } from './connection.ts'
import type { ConsumerOptions, DriverParts, RedisConsumer } from './consume.ts'
import { lengthTrait, nullWhereReplaced, StreamDestination } from './destination.ts'
import { logFactsOf } from './facts.ts'
import { askStream } from './log-position.ts'
import { Reader } from './log-reader.ts'
import { NO_STREAM } from './replies.ts'
import { LOG, type LogSettings } from './settings.ts'

/**
 * A stream that is read by position: every reader reads all of it, from wherever it likes, as often as it likes, and
 * takes nothing out of it. Before its first entry it is no key at all; the first XADD makes it, and only deleting ends it.
 */
export class LogStream extends StreamDestination<LogSettings> {
  readonly kind = 'log'
  /** Its key was there when it was last asked about. */
  #wasThere = false

  constructor(parts: DriverParts, address: string, settings: Settings) {
    super(parts, address, settings, LOG)
  }

  createConsumer(options: ConsumerOptions): RedisConsumer {
    return new Reader(options, this)
  }

  async facts(): Promise<LogFacts> {
    const consumers: readonly object[] = this.parts.consumers.of(this.address)
    const readers = consumers.filter((consumer) => consumer instanceof Reader)
    const info = await nullWhereReplaced(askStream(this.parts.questions(), this.address))
    const isThere = info !== null && info !== NO_STREAM
    if (info === null || (this.#wasThere && !isThere)) this.foundMissing()
    this.#wasThere = isThere
    this.noteFound()
    for (const reader of readers) void reader.suspect(info)
    return logFactsOf(info, readers)
  }

  protected keys(): string[] {
    return [this.address]
  }

  protected override async prepare(existing: ReadonlySet<string>): Promise<void> {
    this.#wasThere = existing.has(this.address)
  }

  protected traits(): string[] {
    return ['stream', lengthTrait(this.settings.maxLength)]
  }

  protected async delete({ redis }: Connection, keep: boolean): Promise<void> {
    if (!keep) await redis.del(this.address)
  }
}
