import type { CommandName } from '#lib/protocol/command-table.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'

const PRESENTER_ONLY = 'Only a presenter may do that'
const NOT_YOURS = 'It is not yours: only a presenter may do that'

/** Whether this person may do something, and why not, in words. */
export interface May {
  readonly allowed: boolean
  /** For a button's `title`; undefined where it is allowed. */
  readonly why: string | undefined
}

const ALLOWED: May = { allowed: true, why: undefined }

/** A thing that may be somebody's own. */
export interface Owned {
  readonly owner?: { readonly id: string } | undefined
}

/** Whether the person of this page may run a command, on a consumer where it is about one. */
export function useMay(command: CommandName, consumer?: Owned | null): May {
  // Rights come with the join: the slice says when they have changed.
  useSlice(({ rights, me }) => (rights === null ? '' : `${rights.role} ${me.id}`))
  const { rights, me } = useFeed()
  if (rights === null) return ALLOWED
  if (!rights.may.includes(command)) return { allowed: false, why: PRESENTER_ONLY }
  if (!rights.ownOnly.includes(command) || consumer?.owner?.id === me.id) return ALLOWED
  return { allowed: false, why: NOT_YOURS }
}
