import type { ModeProfile } from '#lib/brokers/contract.ts'
import type { Feed } from '#lib/feed/feed.ts'
import type { Failure } from '#lib/protocol/errors.ts'
import { destinationId, type Mode, type SystemId } from '#lib/protocol/names.ts'
import type { Destination, Settings } from '#lib/protocol/room.ts'
import { cutText } from '#lib/util/cut-text.ts'

/** A destination to be made, and the consumers that are to stand there from the start. */
export interface Plan {
  system: SystemId
  mode: Mode
  name: string
  /** Its name on the broker, where that is not made from `name`. */
  address?: string | undefined
  settings: Settings
  consumers: ModeProfile['starter']['consumers']
}

export type Made = { ok: true; name: string } | Failure

const NAME_MAX_CHARS = 64

/** A name for what the broker calls `orders/eu high`: letters, digits and what else a name may have. */
export const nameFor = (address: string): string =>
  cutText(address.replace(/[^A-Za-z0-9._-]+/g, '-'), NAME_MAX_CHARS) || 'found'

/** `alerts`, or `alerts-2` where there is one already. */
export function freeDestinationName(wanted: string, there: readonly Destination[], system: SystemId): string {
  const taken = new Set(there.filter((one) => one.system === system).map(({ name }) => name))
  let name = wanted
  for (let count = 2; taken.has(name); count += 1) name = `${wanted}-${count}`
  return name
}

/** What choosing a mode for the first time makes: the manifest's starter, under a name that is free. */
export function starterPlan(
  system: SystemId,
  mode: Mode,
  { starter }: ModeProfile,
  there: readonly Destination[],
): Plan {
  const { settings, consumers } = starter
  return { system, mode, name: freeDestinationName(starter.name, there, system), settings, consumers }
}

/**
 * Declares a destination and attaches its consumers, all at once. `onDeclared` is called as soon as it is declared, while its
 * consumers are still joining. When one of them fails, the destination is taken away again: all of it, or nothing.
 */
export async function makeDestination(
  feed: Feed,
  plan: Plan,
  onDeclared: (name: string) => void,
): Promise<Made> {
  const { system, mode, name, address, settings, consumers } = plan
  const added = await feed.command('destination:add', {
    system,
    mode,
    name,
    settings,
    ...(address === undefined ? {} : { address }),
  })
  if (!added.ok) return added
  onDeclared(name)
  const replies = await Promise.all(
    consumers.map((consumer) => feed.command('consumer:add', { system, destination: name, ...consumer })),
  )
  const failed = replies.find((reply) => !reply.ok)
  if (!failed || failed.ok) return { ok: true, name }
  await feed.command('destination:remove', { destination: destinationId(system, name) })
  return failed
}
