import type { Declared, DestinationSpec, OutgoingMessage, Receipt } from '#lib/brokers/contract.ts'
import { noteOf } from '#lib/brokers/kit/declaration-notes.ts'
import { AppError } from '#lib/protocol/errors.ts'
import type { Facts } from '#lib/protocol/facts.ts'
import type { Settings } from '#lib/protocol/room.ts'
import { now } from '#lib/util/clock.ts'
import type { Connection } from './connection.ts'
import type { ConsumerOptions, DriverParts, RedisConsumer } from './consume.ts'
import { isOtherType } from './failures.ts'
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
  /** Other programs may use its name, and those of its helpers: what was there before is not ours to change or delete. */
  protected isShared = false
  /** When it was deleted on Redis, its workers make it again by themselves. */
  protected revives = true
  /** Its key was there before it was declared here for the first time; undefined until then. */
  protected existedBefore: boolean | undefined
  #isRemoved = false
  /** Somebody deleted it on Redis; it is declared again when a person says so. */
  #isGone = false

  constructor(parts: DriverParts, address: string) {
    this.parts = parts
    this.address = address
  }

  /** If it throws, nothing is changed. */
  abstract declare(spec: DestinationSpec): Promise<Declared>
  /** If it throws, nothing is changed. Throws AppError `not-capable`. */
  abstract alter(spec: DestinationSpec): Promise<Declared>
  protected abstract write(message: OutgoingMessage): Promise<Receipt>
  /** Throws AppError `invalid`, `not-capable`. */
  abstract createConsumer(options: ConsumerOptions): RedisConsumer
  abstract facts(): Promise<Facts>
  /** Deletes it from Redis, or with `keep` only what was made for it. */
  protected abstract delete(connection: Connection, keep: boolean): Promise<void>

  /**
   * Deletes it when it was owned: its consumers do not come back then. When it throws, it is as it was. `halfMade`: declaring
   * it failed, so that only what was made here is deleted. On the publishing connection, behind all that was sent to it: what
   * is written to a key that was deleted makes it again, for good.
   */
  async remove(keep: boolean, halfMade = false): Promise<void> {
    const connection = this.parts.publisher()
    this.#isRemoved = true
    try {
      if (this.isOwned) await this.delete(connection, keep || (halfMade && !this.isMadeHere))
    } catch (error) {
      this.#isRemoved = false
      throw error
    }
  }

  /** Its key did not exist before it was declared here. */
  get isMadeHere(): boolean {
    return this.existedBefore === false
  }

  /** It was found to be deleted on Redis. */
  noteMissing(): void {
    if (!this.revives) this.#isGone = true
  }

  /** It was found to be deleted when its facts were read. Throws AppError `destination-not-found`. */
  protected foundMissing(): never {
    this.noteMissing()
    throw goneError(this.goneReason())
  }

  /** What became of it where it is missing. */
  protected goneReason(): string {
    return `the stream "${this.address}" or its group was deleted on Redis`
  }

  /** It is there: it was declared, or another program made it again. */
  protected noteFound(): void {
    this.#isGone = false
  }

  /** Writing to one that is gone would make its key again, without what belongs to it. */
  publish(message: OutgoingMessage): Promise<Receipt> {
    if (this.#isRemoved) return refused(removedError(this.address).message)
    return this.#isGone ? refused(this.goneReason()) : this.write(message)
  }

  protected get isGone(): boolean {
    return this.#isGone
  }

  /** Throws AppError `destination-not-found` once it was removed here, or deleted on Redis. */
  mustExist(): void {
    if (this.#isRemoved) throw removedError(this.address)
    if (this.#isGone) throw goneError(this.goneReason())
  }
}

const removedError = (address: string): AppError =>
  new AppError('destination-not-found', `"${address}" was removed`)

const goneError = (reason: string): AppError =>
  new AppError('destination-not-found', reason, { detail: { reason } })

const USED_AS_IT_IS =
  'It was there already, and is used as it is: it keeps all until its length is changed here.'

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

  /** Says so where something beside it was there already, and may be another program's. */
  protected helperNote(): string | undefined {
    return undefined
  }

  /** A stream that other programs may use is shortened only when a person says so. */
  async declare({ settings, owned, shared = false, revives = true }: DestinationSpec): Promise<Declared> {
    const wanted = parsed(this.#kind, settings)
    const connection = this.parts.questions()
    await mustKeepKeys(connection, 'stream')
    const existing = await mustHold(connection, this.keys(), 'stream')
    const existed = existing.has(this.address)
    const isFound = shared && existed && this.existedBefore === undefined
    this.existedBefore ??= existed
    this.isOwned = owned
    this.isShared = shared
    this.revives = revives
    await this.prepare(existing)
    const used = isFound ? { ...wanted, maxLength: 0 } : wanted
    await this.#use(used)
    this.noteFound()
    const isLonger = used.maxLength !== wanted.maxLength
    const lacks = lackNote(connection.lacks, ['INFO', 'CLIENT UNBLOCK'])
    return {
      ...{ traits: this.traits(), existed },
      ...noteOf(isLonger ? USED_AS_IT_IS : undefined, this.helperNote(), lacks),
      ...(isLonger ? { settings: { maxLength: used.maxLength } } : {}),
    }
  }

  async alter({ settings }: DestinationSpec): Promise<Declared> {
    const wanted = changed(this.#kind, this.settings, settings)
    await mustHold(this.parts.questions(), this.keys(), 'stream')
    await this.#use(wanted)
    return { traits: this.traits(), existed: true }
  }

  protected write(message: OutgoingMessage): Promise<Receipt> {
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

const refused = async (reason: string): Promise<Receipt> => {
  return { outcome: 'refused', evidence: 'client', at: now(), reason }
}

/** Null where the key holds something else than a stream by now. */
export const nullWhereReplaced = <T>(asked: Promise<T>): Promise<T | null> =>
  asked.catch((error: unknown) => {
    if (isOtherType(error)) return null
    throw error
  })

export const lengthTrait = (maxLength: number): string =>
  maxLength > 0 ? `MAXLEN ${maxLength}` : 'keeps all'

/**
 * Makes sure that each of `keys` is free or holds a value of `type`. Returns which of them exist. Throws AppError
 * `broker-refused` in plain words where a key holds something else, which is left as it is.
 */
export async function mustHold(
  { redis }: Connection,
  keys: readonly string[],
  type: 'stream' | 'list' | 'set',
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
