import { Buffer } from 'node:buffer'
import { randomUUID } from 'node:crypto'
import type { StartLoad } from '#lib/protocol/command-schemas.ts'
import { AppError } from '#lib/protocol/errors.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import type { LoadState } from '#lib/protocol/room.ts'
import { now } from '#lib/util/clock.ts'
import { publishToDriver } from './driver-publish.ts'
import { type LoadCallbacks, LoadGenerator, type LoadMessage } from './load-generator.ts'
import { requireDriver } from './lookup.ts'
import { claim, type MessageMeta, newMessageId } from './message-table.ts'
import type { RoomContext } from './room-context.ts'
import type { RoomDestination } from './room-destination.ts'

/** The room's load generators: one at a time on each system. */
export class Loads {
  private readonly ctx: RoomContext
  private readonly bySystem = new Map<SystemId, LoadGenerator>()

  constructor(ctx: RoomContext) {
    this.ctx = ctx
  }

  get running(): boolean {
    return this.list().some(({ state }) => state === 'running')
  }

  /** The newest load of each system. */
  list(): LoadState[] {
    return [...this.bySystem.values()].map((load) => load.now)
  }

  /** Sends once `ready` resolves. Throws `load-running`, `broker-down`. */
  start(input: StartLoad, to: RoomDestination, ready: Promise<void> | null): LoadState {
    const { system } = input
    if (this.bySystem.get(system)?.now.state === 'running') {
      throw new AppError('load-running', `a load is running on ${system} already`)
    }
    requireDriver(this.ctx.slots, system)
    const id = randomUUID()
    const meta: MessageMeta = { load: id }
    const load = new LoadGenerator({
      id,
      input,
      destination: to.now.name,
      send: (message, callbacks) => this.send(to, meta, message, callbacks),
      onChange: (state) => this.emit(state),
      ready,
      isBlocked: () => this.ctx.slots.status(system).status === 'blocked',
    })
    this.bySystem.set(system, load)
    this.emit(load.now)
    return load.now
  }

  /** Stops one system's load, or every one. */
  stop(system?: SystemId): void {
    for (const [of, load] of this.bySystem) if (system === undefined || system === of) load.stop()
  }

  /** The system's broker went away. */
  fail(system: SystemId): void {
    this.bySystem.get(system)?.fail()
  }

  private emit(state: LoadState): void {
    this.ctx.stream.emit({ kind: 'load', at: now(), evidence: 'client', system: state.system, now: state })
  }

  /** Sends as `publish` does, without a reply to a caller: one record, one claim and one receipt for each message. */
  private send(to: RoomDestination, meta: MessageMeta, { text, key }: LoadMessage, callbacks: LoadCallbacks) {
    const { messages, stream } = this.ctx
    const sentAt = now()
    const messageId = newMessageId()
    const keyed = key === undefined || to.mode.can.key === null ? undefined : { key }
    const metaWithKey = keyed === undefined ? meta : { ...meta, ...keyed }
    const body = Buffer.from(text)
    const record = messages.acceptNew(messageId, { meta: metaWithKey, body, seqBefore: stream.seq, sentAt })
    claim(record, { system: to.now.system, destination: to.now.name, sentAt })
    publishToDriver(this.ctx, {
      record,
      to,
      source: { text },
      outgoing:
        keyed === undefined ? { messageId, body, sentAt } : { messageId, body, sentAt, key: keyed.key },
      onReceipt: callbacks.onReceipt,
      onRefused: callbacks.onRefused,
    })
  }
}
