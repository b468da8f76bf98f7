import type { Declared, DestinationSpec, OutgoingMessage, Receipt } from '#lib/brokers/contract.ts'
import { AppError } from '#lib/protocol/errors.ts'
import type { Facts } from '#lib/protocol/facts.ts'
import type { Settings } from '#lib/protocol/room.ts'
import type { Connection } from './connection.ts'
import type { ConsumerOptions, DriverParts, RedisConsumer } from './consume.ts'
import { lackNote } from './permissions.ts'
import { appendToStream } from './publish.ts'
import { mustKeepKeys } from './server-kind.ts'
import { changed, parsed, type SettingsKind } from './settings.ts'

/** One destination. Its commands run on the driver's connections, and throw raw errors. */
export abstract class Destination {
  /** A destination that is declared again as another kind is made anew. */
  abstract readonly kind: 'channel' | 'stream' | 'list' | 'log'
  readonly address: string
  protected readonly parts: DriverParts
  protected isOwned = false
  #isGone = false

  constructor(parts: DriverParts, address: string) {
    this.parts = parts
    this.address = address
  }

  /** If it throws, nothing is changed. */
  abstract declare(spec: DestinationSpec): Promise<Declared>
  /** If it throws, nothing is changed. Throws AppError `not-capable`. */
  abstract alter(spec: DestinationSpec): Promise<Declared>
  abstract publish(message: OutgoingMessage): Promise<Receipt>
  /** Throws AppError `invalid`, `not-capable`. */
  abstract createConsumer(options: ConsumerOptions): RedisConsumer
  abstract facts(): Promise<Facts>
  /** Deletes it from Redis, or with `keep` only what was made for it. */
  protected abstract delete(connection: Connection, keep: boolean): Promise<void>

  /** Its consumers do not come back. It is deleted when it was owned. */
  async remove(keep: boolean): Promise<void> {
    const connection = this.parts.questions()
    this.#isGone = true
    if (this.isOwned) await this.delete(connection, keep)
  }

  /** Throws AppError `destination-not-found` once it was removed. */
  mustExist(): void {
    if (this.#isGone) throw new AppError('destination-not-found', `"${this.address}" was removed`)
  }
}

/** A destination that is a stream; `maxLength` is how many entries it keeps, 0 all. */
export abstract class StreamDestination<S extends { maxLength: number }> extends Destination {
  /** They can be altered while consumers are attached. */
  settings: S
  readonly #kind: SettingsKind<S>

  /** Throws AppError `invalid`. */
  constructor(parts: DriverParts, address: string, settings: Settings, kind: SettingsKind<S>) {
    super(parts, address)
    this.settings = parsed(kind, settings)
    this.#kind = kind
  }

  /** The keys that must hold a stream or nothing. */
  protected abstract keys(): string[]
  /** Makes what it needs besides a stream; `existing` are those of its keys that Redis had already. */
  protected async prepare(_existing: ReadonlySet<string>): Promise<void> {}
  protected abstract traits(): string[]

  async declare({ settings, owned }: DestinationSpec): Promise<Declared> {
    const wanted = parsed(this.#kind, settings)
    const connection = this.parts.questions()
    await mustKeepKeys(connection, 'stream')
    const existing = await mustHold(connection, this.keys(), 'stream')
    await this.prepare(existing)
    await this.#use(wanted)
    this.isOwned = owned
    const note = noteOf(lackNote(connection.lacks, ['INFO', 'CLIENT UNBLOCK']))
    return { traits: this.traits(), ...note, existed: existing.has(this.address) }
  }

  async alter({ settings }: DestinationSpec): Promise<Declared> {
    const wanted = changed(this.#kind, this.settings, settings)
    await mustHold(this.parts.questions(), this.keys(), 'stream')
    await this.#use(wanted)
    return { traits: this.traits(), existed: true }
  }

  publish(message: OutgoingMessage): Promise<Receipt> {
    const { maxLength } = this.settings
    const target = { stream: this.address, maxLength, source: this.parts.clientName }
    return appendToStream(this.parts.publisher(), target, message)
  }

  /** Shortens the stream at once, where its length is limited. */
  async #use(settings: S): Promise<void> {
    const { redis } = this.parts.questions()
    const { maxLength } = settings
    if (maxLength > 0) await redis.call('XTRIM', this.address, 'MAXLEN', '=', String(maxLength))
    this.settings = settings
  }
}

/** The note of a declaration, of those sentences that there are; without any there is none. */
export function noteOf(...sentences: ReadonlyArray<string | undefined>): Pick<Declared, 'note'> {
  const note = sentences.filter((sentence) => sentence !== undefined).join(' ')
  return note === '' ? {} : { note }
}

export const lengthTrait = (maxLength: number): string =>
  maxLength > 0 ? `MAXLEN ${maxLength}` : 'keeps all'

/**
 * Makes sure that each of `keys` is free or holds a value of `type`. Returns which of them exist. Throws AppError
 * `broker-refused` in plain words where a key holds something else, which is left as it is.
 */
export async function mustHold(
  { redis }: Connection,
  keys: readonly string[],
  type: 'stream' | 'list',
): Promise<Set<string>> {
  const types = await Promise.all(keys.map((key) => redis.type(key)))
  const existing = new Set<string>()
  keys.forEach((key, index) => {
    const found = types[index] ?? 'none'
    if (found === 'none') return
    if (found !== type) {
      const reason = `the key "${key}" holds a ${found} on this Redis, and so cannot be a ${type}`
      throw new AppError('broker-refused', `Redis refused: ${reason}`, { detail: { reason } })
    }
    existing.add(key)
  })
  return existing
}
