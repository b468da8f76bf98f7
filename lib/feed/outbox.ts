import { manifestOf } from '#lib/brokers/catalog.ts'
import type { LedgerViews } from '#lib/ledger/model/ledger-views.ts'
import { TEXT_MAX_BYTES } from '#lib/protocol/limits.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import { randomUuid } from '#lib/util/uuid.ts'
import type { HeldReason, HeldSend, RefusedSend, SendRequest, SendResult } from './feed.ts'
import { extrasOf, HeldRelease, PUBLISH_TIMEOUT_MS } from './held-release.ts'
import { createHeldSends, HELD_MAX, type HeldSends, type HeldStore } from './held-sends.ts'
import { outcomesOf, type PublishOutcomes, refusal } from './publish-outcome.ts'
import type { RoomConnection } from './room-connection.ts'

export interface OutboxOptions {
  views: LedgerViews
  connection: Pick<RoomConnection, 'ready' | 'ask'>
  store: HeldStore
  sender(): string
  /** At least one system took it: it is on its way. */
  onSent(id: string): void
  onChange(): void
}

type Target = SendRequest['to'][number]

/** One send, and what has become of its parts so far. */
interface Sending {
  id: string
  number: number | null
  request: SendRequest
  sender: string
  held: SystemId[]
  refused: RefusedSend[]
  sent: boolean
}

/**
 * What a person sends, until a server has taken it. While a broker or the connection is down, this browser holds the
 * send in plain sight and sends it once, under the same id, when it is back. What the server refuses for another reason
 * is given back to the person. When an answer is lost, the same server is asked again under the same id, which it
 * recognises; when that server has ended meanwhile nobody can tell, and the person decides.
 */
export class Outbox {
  readonly #options: OutboxOptions
  readonly #held: HeldSends
  readonly #release: HeldRelease

  constructor(options: OutboxOptions) {
    const { views, connection, store, onSent, onChange } = options
    this.#options = options
    this.#held = createHeldSends(store, onChange)
    this.#release = new HeldRelease({ held: this.#held, views, connection, onSent })
  }

  get held(): readonly HeldSend[] {
    return this.#held.all
  }

  async send(request: SendRequest): Promise<SendResult> {
    const { connection, sender, onSent } = this.#options
    const flaw = flawOf(request)
    if (flaw) return { state: 'refused', refused: [flaw] }
    const id = randomUuid()
    const sending: Sending = {
      id,
      number: null,
      request,
      sender: sender(),
      held: [],
      refused: [],
      sent: false,
    }
    const direct = request.to.filter(({ system }) => connection.ready && !this.#release.isPending(system))
    for (const target of request.to) {
      if (!direct.includes(target)) this.#hold(sending, target, connection.ready ? 'broker-down' : 'offline')
    }
    if (direct.length > 0) await this.#publish(sending, direct)
    if (sending.sent) onSent(id)
    this.#release.wake()
    return resultOf(sending)
  }

  discard(id: string, system: SystemId): void {
    this.#held.remove(id, system)
  }

  sendAgain(id: string, system: SystemId): void {
    const entry = this.#held.find(id, system)
    if (!entry) return
    this.#held.change(entry, { why: 'broker-down', code: null, unansweredIn: null })
    this.#release.force()
  }

  /** The connection or a broker may be back. */
  wake(): void {
    this.#release.wake()
  }

  retryNow(): void {
    this.#release.force()
  }

  /** Held sends stay stored; nothing is sent any more. */
  close(): void {
    this.#release.close()
  }

  #hold(sending: Sending, target: Target, why: HeldReason, unansweredIn: string | null = null): void {
    const { id, number, request, sender } = sending
    const { system } = target
    if (this.#held.all.length >= HELD_MAX) {
      sending.refused.push({ system, code: 'too-many', text: request.text, detail: { limit: HELD_MAX } })
      return
    }
    const destination = target.destination ?? defaultDestination(this.#options.views, system)
    const { text, key, headers, settings } = request
    const content = { id, number, system, destination, text, key, headers, settings, sender }
    this.#held.add({ ...content, heldAt: Date.now(), why, code: null, unansweredIn })
    sending.held.push(system)
  }

  async #publish(sending: Sending, targets: readonly Target[]): Promise<void> {
    const { views, connection } = this.#options
    const { id, request, sender } = sending
    const { epoch } = views
    const input = { id, text: request.text, sender, to: [...targets], ...extrasOf(request) }
    const outcomes = outcomesOf(await connection.ask('message:publish', input, PUBLISH_TIMEOUT_MS))
    sending.number = outcomes.number
    for (const entry of this.#held.all) {
      if (entry.id === id && outcomes.number !== null) this.#held.change(entry, { number: outcomes.number })
    }
    this.#settle(sending, targets, outcomes, epoch)
  }

  #settle(
    sending: Sending,
    targets: readonly Target[],
    outcomes: PublishOutcomes,
    epoch: string | null,
  ): void {
    const { text } = sending.request
    for (const target of targets) {
      const outcome = outcomes.of(target.system)
      if (outcome.state === 'sent') sending.sent = true
      else if (outcome.state === 'broker-down') this.#hold(sending, target, 'broker-down')
      else if (outcome.state === 'offline') this.#hold(sending, target, 'offline')
      else if (outcome.state === 'unanswered') this.#hold(sending, target, 'offline', epoch)
      else if (!outcomes.refusedWhole) sending.refused.push(refusal(target.system, text, outcome.failure))
    }
    const only = targets.length === 1 ? targets[0]?.system : undefined
    if (outcomes.refusedWhole && outcomes.refusedWhole.code !== 'broker-down') {
      sending.refused.push(refusal(only ?? 'all', text, outcomes.refusedWhole))
    }
  }
}

function resultOf({ id, number, held, refused, sent }: Sending): SendResult {
  if (sent && number !== null) return { state: 'sent', id, number, held, refused }
  return held.length > 0 ? { state: 'held', id, number, held, refused } : { state: 'refused', refused }
}

/** What the room refuses whichever brokers are up: refused at once, so that it is never held only to be refused later. */
function flawOf({ text, to }: SendRequest): RefusedSend | null {
  const system = to.length === 1 ? (to[0]?.system ?? 'all') : 'all'
  if (text.length === 0) return { system, code: 'text-empty', text }
  const bytes = new TextEncoder().encode(text).length
  if (bytes <= TEXT_MAX_BYTES) return null
  return { system, code: 'text-too-long', text, detail: { limit: TEXT_MAX_BYTES, bytes } }
}

/** Where a send without a destination goes: the system's first in the room, or the one every room begins with. */
function defaultDestination(views: LedgerViews, system: SystemId): string {
  const first = views.destinations.find((destination) => destination.system === system)
  return first?.name ?? manifestOf(system)?.classic.name ?? system
}
