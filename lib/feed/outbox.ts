import { manifestOf } from '#lib/brokers/catalog.ts'
import type { LedgerViews } from '#lib/ledger/model/ledger-views.ts'
import { TEXT_MAX_BYTES } from '#lib/protocol/limits.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import { type Fates, fatesOf, refusal } from './fates.ts'
import type { HeldReason, HeldSend, RefusedSend, SendRequest, SendResult } from './feed.ts'
import { createHeldList, HELD_MAX } from './held-list.ts'
import type { HeldStore } from './held-store.ts'
import type { Line } from './line.ts'
import { randomId } from './random-id.ts'
import { createRelease, extrasOf, PUBLISH_TIMEOUT_MS } from './release.ts'

/**
 * What a person sends, until somebody has taken it. A broker that is down, or a line that is, makes this browser hold
 * the send in plain sight, and send it once, under the same id, when it is back. What the server refused for another
 * reason is given back to the person. An answer that got lost is asked for again under the same id, which the server
 * recognises; when that server has ended meanwhile nobody can tell, and the person decides.
 */
export interface Outbox {
  readonly held: readonly HeldSend[]
  send(request: SendRequest): Promise<SendResult>
  discard(id: string, system: SystemId): void
  sendAgain(id: string, system: SystemId): void
  /** The line or a broker may be back. */
  wake(): void
  retryNow(): void
  /** Held sends stay stored; nothing is sent any more. */
  close(): void
}

export interface OutboxOptions {
  views: LedgerViews
  line: Pick<Line, 'ready' | 'ask'>
  store: HeldStore
  sender(): string
  /** At least one system took it: it is on its way. */
  onSent(id: string): void
  onChange(): void
}

type Target = SendRequest['to'][number]

/** One send on its way through: what has become of its parts so far. */
interface Sending {
  id: string
  number: number | null
  request: SendRequest
  sender: string
  held: SystemId[]
  refused: RefusedSend[]
  sent: boolean
}

export function createOutbox({ views, line, store, sender, onSent, onChange }: OutboxOptions): Outbox {
  const list = createHeldList(store, onChange)
  const release = createRelease({ list, views, line, onSent })

  const hold = (
    sending: Sending,
    target: Target,
    why: HeldReason,
    unansweredIn: string | null = null,
  ): void => {
    const { id, number, request, sender: from } = sending
    const { system } = target
    if (list.all.length >= HELD_MAX) {
      sending.refused.push({ system, code: 'too-many', text: request.text, detail: { limit: HELD_MAX } })
      return
    }
    const destination = target.destination ?? defaultDestination(views, system)
    const heldAt = Date.now()
    const { text, key, headers, settings } = request
    const what = { id, number, system, destination, text, key, headers, settings, sender: from }
    list.add({ ...what, heldAt, why, code: null, unansweredIn })
    sending.held.push(system)
  }

  const settle = (sending: Sending, targets: readonly Target[], fates: Fates, epoch: string | null): void => {
    const { text } = sending.request
    for (const target of targets) {
      const fate = fates.of(target.system)
      if (fate.fate === 'sent') sending.sent = true
      else if (fate.fate === 'broker-down') hold(sending, target, 'broker-down')
      else if (fate.fate === 'offline') hold(sending, target, 'offline')
      else if (fate.fate === 'unanswered') hold(sending, target, 'offline', epoch)
      else if (!fates.refusedWhole) sending.refused.push(refusal(target.system, text, fate.failure))
    }
    const only = targets.length === 1 ? targets[0]?.system : undefined
    if (fates.refusedWhole && fates.refusedWhole.code !== 'broker-down') {
      sending.refused.push(refusal(only ?? 'all', text, fates.refusedWhole))
    }
  }

  const publish = async (sending: Sending, targets: readonly Target[]): Promise<void> => {
    const { id, request, sender: from } = sending
    const epoch = views.epoch
    const input = { id, text: request.text, sender: from, to: [...targets], ...extrasOf(request) }
    const fates = fatesOf(await line.ask('message:publish', input, PUBLISH_TIMEOUT_MS))
    sending.number = fates.number
    for (const entry of list.all) {
      if (entry.id === id && fates.number !== null) list.change(entry, { number: fates.number })
    }
    settle(sending, targets, fates, epoch)
  }

  return {
    get held() {
      return list.all
    },
    send: async (request) => {
      const flaw = flawOf(request)
      if (flaw) return { state: 'refused', refused: [flaw] }
      const id = randomId()
      const sending: Sending = {
        id,
        number: null,
        request,
        sender: sender(),
        held: [],
        refused: [],
        sent: false,
      }
      const direct = request.to.filter(({ system }) => line.ready && !release.inTheWay(system))
      for (const target of request.to) {
        if (!direct.includes(target)) hold(sending, target, line.ready ? 'broker-down' : 'offline')
      }
      if (direct.length > 0) await publish(sending, direct)
      if (sending.sent) onSent(id)
      release.wake()
      return resultOf(sending)
    },
    discard: list.remove,
    sendAgain: (id, system) => {
      const entry = list.find(id, system)
      if (!entry) return
      list.change(entry, { why: 'broker-down', code: null, unansweredIn: null })
      release.force()
    },
    wake: release.wake,
    retryNow: release.force,
    close: release.close,
  }
}

function resultOf({ id, number, held, refused, sent }: Sending): SendResult {
  if (sent && number !== null) return { state: 'sent', id, number, held, refused }
  return held.length > 0 ? { state: 'held', id, number, held, refused } : { state: 'refused', refused }
}

/** What the room would refuse whoever is up: said at once, so that it is never held only to be refused later. */
function flawOf({ text, to }: SendRequest): RefusedSend | null {
  const system = to.length === 1 ? (to[0]?.system ?? 'all') : 'all'
  if (text.length === 0) return { system, code: 'text-empty', text }
  const bytes = new TextEncoder().encode(text).length
  if (bytes <= TEXT_MAX_BYTES) return null
  return { system, code: 'text-too-long', text, detail: { limit: TEXT_MAX_BYTES, bytes } }
}

/** Where a send without a destination goes: the system's first, as the room has it or as every room begins. */
function defaultDestination(views: LedgerViews, system: SystemId): string {
  const first = views.destinations.find((destination) => destination.system === system)
  return first?.name ?? manifestOf(system)?.classic.name ?? system
}
