import type { Feed } from '#lib/feed/feed.ts'
import type { CommandName } from '#lib/protocol/command-table.ts'
import { mayRun, type Owned } from '../access/may.ts'

/**
 * Something a person can do on the desk, in words. The command palette offers all of them, the sheet of keys shows those
 * that have keys: both read one table (`all-actions.ts`).
 */
export interface Action {
  /** Unique among all that are offered at one time. */
  id: string
  /** Where it acts: "This page", "RabbitMQ mailbox". */
  group: string
  label: string
  /** As they are written on a keyboard, one after the other or, with a plus, together. */
  keys?: string
  /** Other words that people look for it by. */
  also?: string
  /** The command that it runs or leads to, on a consumer where it is about one; null where anybody may do it. */
  needs: CommandName | { command: CommandName; consumer: Owned } | null
  /** Answers in words what went wrong; empty when it worked. */
  run(): Promise<string>
}

/** Why the person of this page may not do it; undefined where they may. */
export function whyNot(feed: Feed, { needs }: Pick<Action, 'needs'>): string | undefined {
  if (needs === null) return undefined
  if (typeof needs === 'string') return mayRun(feed, needs).why
  return mayRun(feed, needs.command, needs.consumer).why
}

/** For what cannot go wrong. */
export const always = (work: () => void) => async (): Promise<string> => {
  work()
  return ''
}

/** Presses the page's own button, for what opens a box beside it. Answers what went wrong. */
export async function press(name: string): Promise<string> {
  const buttons = [
    ...document.querySelectorAll<HTMLButtonElement>(`button[aria-label="${CSS.escape(name)}"]`),
  ]
  const button = buttons.find((one) => one.getClientRects().length > 0 && !one.disabled)
  button?.click()
  return button ? '' : 'Its button is not on the screen now.'
}

/** Puts the cursor into a field by its name. */
export async function focusField(name: string): Promise<string> {
  const field = document.querySelector<HTMLElement>(`[aria-label="${CSS.escape(name)}"]`)
  field?.focus()
  return field ? '' : 'Its field is not on the screen now.'
}
