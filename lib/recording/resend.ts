import type { CommandInput, CommandOutput } from '#lib/protocol/command-table.ts'
import type { Reply } from '#lib/protocol/errors.ts'
import { isLifeEvent, type LifeEvent } from '#lib/protocol/events.ts'
import { TEXT_MAX_BYTES } from '#lib/protocol/limits.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import type { Recording } from './format.ts'

/** One send of a recording, to be sent again. */
export interface RecordedSend {
  /** Milliseconds after the first one. */
  after: number
  text: string
  sender: string | undefined
  key: string | undefined
  headers: Readonly<Record<string, string>> | undefined
  to: readonly { system: SystemId; destination: string }[]
}

/** `skipped`: outside messages, and bodies that are not text or longer than a send may be. */
export interface RecordedSends {
  sends: readonly RecordedSend[]
  skipped: number
}

const isText = (event: LifeEvent): boolean =>
  event.outside !== true &&
  event.bytes === undefined &&
  event.omittedBytes === undefined &&
  event.text !== undefined &&
  event.text !== '' &&
  new TextEncoder().encode(event.text).length <= TEXT_MAX_BYTES

/** What people and loads sent, in the order of their numbers, each to the destinations that it went to. */
export function sendsOf({ events }: Recording): RecordedSends {
  const heads = new Map<
    string,
    { head: LifeEvent; to: Map<string, { system: SystemId; destination: string }> }
  >()
  for (const event of events) {
    if (!isLifeEvent(event)) continue
    const known = heads.get(event.messageId) ?? { head: event, to: new Map() }
    heads.set(event.messageId, known)
    // A dead-lettered message shows up on a second destination: only the first on each system counts.
    if (!known.to.has(event.system)) {
      known.to.set(event.system, { system: event.system, destination: event.destination })
    }
  }
  const numbered = [...heads.values()].filter(({ head }) => head.number !== undefined)
  const own = numbered
    .filter(({ head }) => isText(head))
    .sort((a, b) => (a.head.number ?? 0) - (b.head.number ?? 0))
  const timeOf = ({ head }: (typeof own)[number]): number => head.sentAt ?? head.at
  const first = own[0] ? timeOf(own[0]) : 0
  return {
    skipped: numbered.length - own.length,
    sends: own.map((one) => ({
      after: Math.max(0, timeOf(one) - first),
      text: one.head.text ?? '',
      sender: one.head.sender,
      key: one.head.key,
      headers: one.head.headers,
      to: [...one.to.values()],
    })),
  }
}

export interface ResendProgress {
  sent: number
  /** Refused, or for a system that is down: these are not tried again. */
  failed: number
  of: number
}

interface ResendOptions {
  sends: readonly RecordedSend[]
  /** 2 = twice as fast as it was. */
  speed: number
  /** The room's own destinations: where it has none of that name, the system's first takes the message. */
  destinations: readonly { system: SystemId; name: string }[]
  publish(input: CommandInput<'message:publish'>): Promise<Reply<CommandOutput<'message:publish'>>>
  /** Resolves after `ms` milliseconds, or at once when `signal` is aborted. */
  wait(ms: number): Promise<void>
  now(): number
  newId(): string
  signal: AbortSignal
  onProgress(progress: ResendProgress): void
}

/** Sends them again, in order and at their own pace, until done or aborted by `signal`. Each is sent at most once. */
export async function resend(options: ResendOptions): Promise<ResendProgress> {
  const { sends, speed, wait, now, signal, onProgress } = options
  const began = now()
  const progress: ResendProgress = { sent: 0, failed: 0, of: sends.length }
  for (const send of sends) {
    const dueMs = began + send.after / speed - now()
    if (dueMs > 0) await wait(dueMs)
    if (signal.aborted) break
    if (await publishOnce(send, options)) progress.sent += 1
    else progress.failed += 1
    onProgress({ ...progress })
  }
  return progress
}

/** Returns whether every system took it. Waits where the room asks for a pause. */
async function publishOnce(send: RecordedSend, options: ResendOptions): Promise<boolean> {
  const { publish, wait, newId, signal, destinations } = options
  const id = newId()
  const to = send.to.map(({ system, destination }) =>
    destinations.some((one) => one.system === system && one.name === destination)
      ? { system, destination }
      : { system },
  )
  const { text, sender, key, headers } = send
  const given = Object.entries({ sender, key, headers }).filter(([, value]) => value !== undefined)
  for (;;) {
    const reply = await publish({ id, text, to, ...Object.fromEntries(given) })
    if (reply.ok) return Object.values(reply.value.outcomes).every(({ ok }) => ok)
    if (reply.retryAfterMs === undefined || signal.aborted) return false
    await wait(reply.retryAfterMs)
  }
}
