import type { CommandName } from '#lib/protocol/command-table.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { type May, mayRun, type Owned } from './may.ts'

/** Whether the person of this page may run a command, on a consumer where it is about one. */
export function useMay(command: CommandName, consumer?: Owned | null): May {
  // Rights come with the join: the slice says when they have changed.
  useSlice(({ rights, me }) => (rights === null ? '' : `${rights.role} ${me.id}`))
  return mayRun(useFeed(), command, consumer)
}
