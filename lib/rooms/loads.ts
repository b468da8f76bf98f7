import { Buffer } from 'node:buffer'
import { randomUUID } from 'node:crypto'
import type { StartLoad } from '#lib/protocol/commands.ts'
import { AppError } from '#lib/protocol/errors.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import type { LoadState } from '#lib/protocol/room.ts'
import { now } from '#lib/util/clock.ts'
import { type RoomContext, requireDriver } from './context.ts'
import type { DestinationLife } from './destination-life.ts'
import { createLoad, type Load, type LoadEnds, type LoadMessage } from './load.ts'
import { newId } from './new-id.ts'
import { send } from './send.ts'
import { claim, type MessageMeta } from './sent-table.ts'

/** The room's load generators: one at a time on each system. */
export interface Loads {
  readonly running: boolean
  /** The newest of each system. */
  list(): LoadState[]
  /** Sends once `ready` resolves. Throws `load-running`, `broker-down`. */
  start(input: StartLoad, to: DestinationLife, ready: Promise<void> | null): LoadState
  stop(system?: SystemId): void
  /** The system's broker went away. */
  fail(system: SystemId): void
}

export function createLoads(ctx: RoomContext): Loads {
  const loads = new Map<SystemId, Load>()

  function tell(state: LoadState): void {
    ctx.stream.emit({ kind: 'load', at: now(), evidence: 'client', system: state.system, now: state })
  }

  /** The room's ordinary path, without the caller's reply: one record, one claim, one receipt for each message. */
  function sendOne(to: DestinationLife, meta: MessageMeta, { text, key }: LoadMessage, ends: LoadEnds) {
    const sentAt = now()
    const messageId = newId()
    const keyed = key === undefined || to.mode.can.key === null ? undefined : { key }
    const said = keyed === undefined ? meta : { ...meta, ...keyed }
    const record = ctx.messages.acceptNew(messageId, said, ctx.stream.seq, sentAt)
    claim(record, to.now.system, sentAt)
    send(ctx, {
      record,
      to,
      source: { text },
      outgoing:
        keyed === undefined
          ? { messageId, body: Buffer.from(text), sentAt }
          : { messageId, body: Buffer.from(text), sentAt, key: keyed.key },
      onReceipt: ends.onReceipt,
      onRefused: ends.onRefused,
    })
  }

  function start(input: StartLoad, to: DestinationLife, ready: Promise<void> | null): LoadState {
    const { system } = input
    if (loads.get(system)?.now.state === 'running') {
      throw new AppError('load-running', `a load is running on ${system} already`)
    }
    requireDriver(ctx.slots, system)
    const id = randomUUID()
    const meta: MessageMeta = { load: id }
    const load = createLoad({
      id,
      input,
      destination: to.now.name,
      send: (message, ends) => sendOne(to, meta, message, ends),
      onChange: tell,
      ready,
    })
    loads.set(system, load)
    tell(load.now)
    return load.now
  }

  return {
    get running() {
      return [...loads.values()].some((load) => load.now.state === 'running')
    },
    list: () => [...loads.values()].map((load) => load.now),
    start,
    stop: (system) => {
      for (const [of, load] of loads) if (system === undefined || system === of) load.stop()
    },
    fail: (system) => loads.get(system)?.fail(),
  }
}
