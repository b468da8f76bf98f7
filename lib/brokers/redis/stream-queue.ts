import { usedAsItIs } from '#lib/brokers/kit/declaration-notes.ts'
import type { QueueFacts } from '#lib/protocol/facts.ts'
import type { Settings } from '#lib/protocol/room.ts'
import type { Connection } from './connection.ts'
import type { ConsumerOptions, DriverParts, RedisConsumer } from './consume.ts'
import { lengthTrait, nullWhereReplaced, StreamDestination } from './destination.ts'
import { readStreamFacts } from './facts.ts'
import { deadLettersOf, GROUP } from './names.ts'
import { RemovedUnread } from './removed-unread.ts'
import { QUEUE, type QueueSettings } from './settings.ts'
import { createGroup } from './stream-group.ts'
import { StreamWorker } from './stream-worker.ts'

/**
 * A stream with one consumer group: whatever any program appends is delivered to one of the workers, the oldest first,
 * and stays pending until it is acknowledged. That takes nothing out of the stream: only MAXLEN shortens it.
 */
export class StreamQueue extends StreamDestination<QueueSettings> {
  readonly kind = 'stream'
  readonly dead: string
  /** Names of consumers of ours in the group, whether attached or not. */
  readonly ours = new Set<string>()
  /** Those that left while entries were pending under their names; they are deleted from the group once none are. */
  readonly departed = new Set<string>()
  /** Of the queue itself; what is removed from the dead letters is somebody's decision. */
  readonly removedUnread: RemovedUnread
  /** How often a group had to be created for each of the two streams. */
  readonly #redeclarations = new Map<string, number>()
  /** What existed before it was declared here for the first time is not ours to delete. */
  #before: { group: boolean; dead: boolean } | undefined

  constructor(parts: DriverParts, address: string, settings: Settings) {
    super(parts, address, settings, QUEUE)
    this.dead = deadLettersOf(address)
    this.removedUnread = new RemovedUnread(address)
  }

  createConsumer(options: ConsumerOptions): RedisConsumer {
    return new StreamWorker(options, this)
  }

  async facts(): Promise<QueueFacts> {
    const { address, ours } = this
    const dead = this.settings.deadLetters ? this.dead : null
    const facts = await nullWhereReplaced(readStreamFacts(this.parts.questions(), { address, ours, dead }))
    if (facts === null) return this.foundMissing()
    this.noteFound()
    return facts
  }

  redeclarations(stream: string): number {
    return this.#redeclarations.get(stream) ?? 0
  }

  /** Creates the group, from the stream's very beginning, and the stream if need be. False when the group existed. */
  async ensureGroup(connection: Connection, stream: string): Promise<boolean> {
    const isNew = await createGroup(connection, stream)
    if (isNew) this.#redeclarations.set(stream, this.redeclarations(stream) + 1)
    if (isNew && stream === this.address) await this.removedUnread.startAnew(connection)
    return isNew
  }

  protected keys(): string[] {
    return [this.address, this.dead]
  }

  protected override async prepare(existing: ReadonlySet<string>): Promise<void> {
    const isNew = await this.ensureGroup(this.parts.questions(), this.address)
    this.#before ??= { group: !isNew, dead: existing.has(this.dead) }
  }

  protected override helperNote(): string | undefined {
    if (!this.isShared || !this.#before?.dead || !this.settings.deadLetters) return undefined
    return usedAsItIs('stream', this.dead)
  }

  protected traits(): string[] {
    const { maxLength, maxAttempts, deadLetters } = this.settings
    return [
      'stream',
      `group ${GROUP}`,
      lengthTrait(maxLength),
      ...(maxAttempts > 0 ? [`${maxAttempts} attempts`] : []),
      ...(deadLetters ? ['dead letters'] : []),
    ]
  }

  protected async delete({ redis }: Connection, keep: boolean): Promise<void> {
    const { group, dead } = this.#before ?? { group: true, dead: true }
    const isDeadOurs = !dead || !(keep || this.isShared)
    const keys = [...(isDeadOurs ? [this.dead] : []), ...(keep ? [] : [this.address])]
    // One command, so that Redis deletes all of them or none.
    if (keys.length > 0) await redis.del(...keys)
    if (keep && !group && !this.isGone) await redis.call('XGROUP', 'DESTROY', this.address, GROUP)
  }
}
