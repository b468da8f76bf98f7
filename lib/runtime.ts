import type { Access } from '#lib/access/access.ts'
import type { ActorOfRequest } from '#lib/commands/actor.ts'
import type { Commands } from '#lib/commands/commands.ts'
import type { Rooms } from '#lib/rooms/contract.ts'

/** The process's one set of live objects, as far as route handlers need it. */
export interface Runtime {
  rooms: Rooms
  commands: Commands
  access: Access
  /** Where the dashboard lies on its host: a path, empty at the root. Route handlers see addresses without it. */
  basePath: string
  actorOf: ActorOfRequest
  /** Prometheus text. */
  metrics(): Promise<{ contentType: string; text: string }>
  log: { error(details: object, message: string): void }
  /** Aborted when the process begins to close: live streams end then. */
  closing: AbortSignal
}

/** Next bundles route handlers apart from server.ts, so a variable of a module would exist twice; this one does not. */
const KEY = Symbol.for('switchboard.runtime')
const holder = globalThis as { [KEY]?: Runtime }

/** Called by the composition root: with the runtime before it serves the first request, with undefined when it closes. */
export function setRuntime(runtime: Runtime | undefined): void {
  holder[KEY] = runtime
}

/** Undefined where something other than server.ts serves the pages. */
export const findRuntime = (): Runtime | undefined => holder[KEY]

/** Throws where something other than server.ts serves the pages. */
export function getRuntime(): Runtime {
  const runtime = findRuntime()
  if (!runtime) throw new Error('there is no dashboard in this process')
  return runtime
}
