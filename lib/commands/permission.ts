import type { Grant } from '#lib/access/grant.ts'
import { type Command, ROLES, type Role } from '#lib/protocol/command-definition.ts'
import { commandNamed, commandNames } from '#lib/protocol/command-table.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { isPoison } from '#lib/protocol/poison.ts'
import type { You } from '#lib/protocol/you.ts'
import type { Room } from '#lib/rooms/contract.ts'

const ranksAtLeast = (role: Role, needed: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(needed)

const LACKS: Record<NonNullable<Grant['lacks']>, string> = {
  token: 'enter the room by its join code first',
  'current-token': 'the token has ended: enter the room by its join code again',
  'valid-token': 'the token was not made here: enter the room by its join code',
}

const tokenNeeded = (lacks: NonNullable<Grant['lacks']>): AppError =>
  new AppError('token-needed', LACKS[lacks], { detail: { lacks } })

/** Throws `token-needed` for who has no role at all, `forbidden-role` for a role that is too small. */
export function checkRole({ role, lacks, expiresAt }: Grant, { needs }: Pick<Command, 'needs'>): void {
  if (needs === 'anyone') return
  if (role === 'anyone') throw tokenNeeded(lacks ?? 'token')
  if (expiresAt !== null && expiresAt <= Date.now()) throw tokenNeeded('current-token')
  if (!ranksAtLeast(role, needs)) {
    throw new AppError('forbidden-role', `that takes a ${needs}`, { detail: { role, needs } })
  }
}

/** Throws `forbidden-role` where the input makes a poison message and the role is too small for that. */
export function checkPoison(grant: Grant, { needsForPoison }: Command, input: object): void {
  if (needsForPoison === undefined || !('headers' in input) || !isHeaders(input.headers)) return
  if (isPoison(input.headers)) checkRole(grant, { needs: needsForPoison })
}

const isHeaders = (headers: unknown): headers is object => typeof headers === 'object'

/** Throws `forbidden-room`, the same for a room that exists and one that does not. */
export function checkRoom({ room }: Grant, name: string): void {
  if (room !== null && room !== name) throw new AppError('forbidden-room', 'the token is for another room')
}

/** Throws `person-removed`. */
export async function checkNotRemoved({ person }: Grant, room: Room): Promise<void> {
  if (person !== null && (await room.access.hasRemoved(person.id))) {
    throw new AppError('person-removed', 'a presenter has removed this person from the room')
  }
}

/** What a participant may do only to their own. Throws `not-yours`, and what looking the consumer up throws. */
export async function checkOwn(
  grant: Grant,
  { ownOnly }: Command,
  room: Room,
  input: unknown,
): Promise<void> {
  if (!ownOnly || ranksAtLeast(grant.role, 'presenter')) return
  const owner = await room.access.ownerOf((input as { consumer: string }).consumer)
  if (owner === undefined || owner !== grant.person?.id) {
    throw new AppError('not-yours', 'a participant may do that to a consumer of their own only')
  }
}

/** What a person may do, for a screen that shows it; undefined where everybody may do everything. */
export function youOf({ role, person }: Grant, name: string): You | undefined {
  if (person === null) return undefined
  const may = commandNames.filter((command) => ranksAtLeast(role, commandNamed(command).needs))
  const isOwnOnly = !ranksAtLeast(role, 'presenter')
  return {
    ...{ id: person.id, name, role, may },
    ownOnly: isOwnOnly ? may.filter((command) => commandNamed(command).ownOnly) : [],
  }
}
