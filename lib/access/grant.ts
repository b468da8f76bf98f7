import type { Role } from '#lib/protocol/command-definition.ts'

/** What whoever asks may do, where, and in whose name. */
export interface Grant {
  readonly role: Role
  /** The one room it is for; null for all. */
  readonly room: string | null
  /** Who holds it: nobody else can appear under this id. Null where nobody has to say who they are. */
  readonly person: { readonly id: string; readonly name: string } | null
  /** Unix time in milliseconds; null when it never ends. */
  readonly expiresAt: number | null
  /** Why a caller is no more than anyone: no token came, or one that has ended, or one that was not signed here. */
  readonly lacks?: 'token' | 'current-token' | 'valid-token'
}

/** Where no other machine can come in, everybody may do everything. */
export const EVERYTHING: Grant = { role: 'presenter', room: null, person: null, expiresAt: null }

export const nothingBut = (lacks: NonNullable<Grant['lacks']>): Grant => ({
  ...{ role: 'anyone', room: null, person: null, expiresAt: null, lacks },
})
