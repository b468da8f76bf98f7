import type { Rooms } from '#lib/rooms/contract.ts'

/** The process's one set of live objects, as far as route handlers need them. */
export interface Runtime {
  rooms: Rooms
  /** Prometheus text. */
  metrics(): Promise<{ contentType: string; text: string }>
  log: { error(details: object, message: string): void }
  /** Aborts when the process begins to close: streams without an end of their own end then. */
  closing: AbortSignal
}

/** Next bundles route handlers apart from server.ts, so a module's variable would exist twice; this does not. */
const KEY = Symbol.for('switchboard.runtime')
const holder = globalThis as { [KEY]?: Runtime }

/** The composition root sets it before it serves the first request, and takes it back when it closes. */
export function setRuntime(runtime: Runtime | undefined): void {
  holder[KEY] = runtime
}

/** Throws where there is none: pages served by anything but server.ts. */
export function getRuntime(): Runtime {
  const runtime = holder[KEY]
  if (!runtime) throw new Error('there is no dashboard in this process')
  return runtime
}
