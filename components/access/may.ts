import type { Feed } from '#lib/feed/feed.ts'
import type { CommandName } from '#lib/protocol/command-table.ts'

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

/** Whether the person of this feed may run a command, on a consumer where it is about one. The room decides the same again. */
export function mayRun(
  { rights, me }: Pick<Feed, 'rights' | 'me'>,
  command: CommandName,
  consumer?: Owned | null,
): May {
  if (rights === null) return ALLOWED
  if (!rights.may.includes(command)) return { allowed: false, why: PRESENTER_ONLY }
  if (!rights.ownOnly.includes(command) || consumer?.owner?.id === me.id) return ALLOWED
  return { allowed: false, why: NOT_YOURS }
}
