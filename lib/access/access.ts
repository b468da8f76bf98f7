import { randomBytes, randomUUID } from 'node:crypto'
import type { Joined, RoomShare } from '#lib/protocol/access-commands.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { JOINS_BURST, JOINS_PER_SECOND } from '#lib/protocol/limits.ts'
import type { Rooms } from '#lib/rooms/contract.ts'
import { createBuckets } from '#lib/util/buckets.ts'
import { createTokenBucket } from '#lib/util/token-bucket.ts'
import { EVERYTHING, type Grant, nothingBut } from './grant.ts'
import { createGuesses, networkOf } from './guesses.ts'
import { createReservedNames, type ReservedNames } from './reserved-names.ts'
import { createTokens, type SignedGrant, type Tokens } from './tokens.ts'

const HOUR_MS = 60 * 60_000
/** A day's workshop, with its evening. */
const PARTICIPANT_MS = 12 * HOUR_MS
/** A presenter's link may be made the day before; what it gives lasts as long. */
const PRESENTER_MS = 48 * HOUR_MS
const SECRET_BYTES = 32

export interface AccessOptions {
  rooms: Pick<Rooms, 'get' | 'withCode'>
  /** Where rooms keep them; its own where nothing has to outlive the process. */
  names?: ReservedNames
  /** Other machines may come in: codes and tokens are asked for. */
  sharing: boolean
  /** Signs tokens; random where nothing has to outlive the process. */
  secret?: Uint8Array
  /** Where other machines reach the dashboard, the best first: `http://192.168.1.7:3000`. */
  addresses?: () => string[]
  now?: () => number
}

/** Who may come in, and as what: join codes, tokens, the presenter's link. */
export interface Access {
  readonly sharing: boolean
  /** What a token grants; everything where nothing is asked for. Never rejects. */
  grantOf(token: string | undefined): Promise<Grant>
  /** Whose name is whose, where people have tokens. */
  readonly names: ReservedNames
  /** Throws `wrong-code`, the same for every code without a room; `rate-limited`; `name-taken`; `person-removed`. */
  join(asked: { code: string; name: string }, grant: Grant, clientAddress: string): Promise<Joined>
  /** Throws `room-not-found`. */
  share(room: string): Promise<RoomShare>
  presenterLink(): Promise<{ links: string[]; expiresAt: number }>
  /** Whoever has opened a presenter's link: a token of their own, or undefined where the link is none. */
  openPresenterLink(token: string): Promise<{ token: string; expiresAt: number } | undefined>
}

export const createAccess = (options: AccessOptions): Access => new LocalAccess(options)

class LocalAccess implements Access {
  readonly sharing: boolean
  readonly names: ReservedNames
  private readonly options: AccessOptions
  private readonly tokens: Tokens
  private readonly guesses
  private readonly newcomers = createBuckets(() => createTokenBucket(JOINS_PER_SECOND, JOINS_BURST))
  private readonly now: () => number

  constructor(options: AccessOptions) {
    const { sharing, secret = randomBytes(SECRET_BYTES), now = Date.now } = options
    this.options = options
    this.sharing = sharing
    this.now = now
    this.tokens = createTokens(secret, now)
    this.guesses = createGuesses(now)
    this.names = options.names ?? createReservedNames(now)
  }

  async grantOf(token: string | undefined): Promise<Grant> {
    if (!this.sharing) return EVERYTHING
    return token === undefined ? nothingBut('token') : await this.tokens.verify(token)
  }

  async join({ code, name }: { code: string; name: string }, grant: Grant, address: string): Promise<Joined> {
    this.guesses.checkMayGuess(address)
    const room = await this.options.rooms.withCode(code)
    if (room === undefined) {
      if (this.sharing) this.guesses.missed(address)
      throw new AppError('wrong-code', 'no room has this code')
    }
    if (!this.sharing) return { room: room.name, role: 'presenter', person: { id: randomUUID(), name } }
    const signed = this.signedFor(grant, room.name, name)
    if (signed.person.id !== grant.person?.id) this.checkMayBring(address)
    const { role, person, expiresAt } = signed
    if (await room.access.hasRemoved(person.id))
      throw new AppError('person-removed', 'a presenter has removed you')
    if (!this.names.reserve(room.name, person.id, name, role)) {
      throw new AppError('name-taken', `somebody in the room has the name "${name}"`)
    }
    return { room: room.name, role, person, token: await this.tokens.sign(signed), expiresAt }
  }

  /** A crowd of made-up people would push the names of real ones out. */
  private checkMayBring(address: string): void {
    const retryAfterMs = this.newcomers(networkOf(address)).take()
    if (retryAfterMs > 0)
      throw new AppError('rate-limited', 'too many people come from there', { retryAfterMs })
  }

  async share(name: string): Promise<RoomShare> {
    const { code } = (await this.options.rooms.get(name)).access
    return { sharing: this.sharing, code, addresses: this.addresses().map((at) => `${at}/join/${code}`) }
  }

  async presenterLink(): Promise<{ links: string[]; expiresAt: number }> {
    const expiresAt = this.now() + PRESENTER_MS
    const token = await this.signPresenter('link', expiresAt)
    return { links: this.addresses().map((at) => `${at}/present/${token}`), expiresAt }
  }

  async openPresenterLink(token: string): Promise<{ token: string; expiresAt: number } | undefined> {
    const { role } = await this.tokens.verify(token)
    if (role !== 'presenter') return undefined
    const expiresAt = this.now() + PRESENTER_MS
    return { token: await this.signPresenter(randomUUID(), expiresAt), expiresAt }
  }

  /** Somebody who comes again stays the same person, and a presenter stays one. */
  private signedFor(grant: Grant, room: string, name: string): SignedGrant {
    const { person, role, expiresAt } = grant
    if (role === 'presenter' && person && expiresAt !== null) {
      return { ...{ role, room: grant.room, expiresAt }, person: { id: person.id, name } }
    }
    const id = person !== null && grant.room === room ? person.id : randomUUID()
    return { ...{ role: 'participant', room, person: { id, name } }, expiresAt: this.now() + PARTICIPANT_MS }
  }

  private signPresenter(id: string, expiresAt: number): Promise<string> {
    const person = { id, name: 'Presenter' }
    return this.tokens.sign({ role: 'presenter', room: null, person, expiresAt })
  }

  private addresses(): string[] {
    return this.options.addresses?.() ?? []
  }
}
