import { createLedger, type Ledger } from '#lib/ledger/ledger.ts'
import type { RoomEvent } from '#lib/protocol/events.ts'

/** Somebody who watches a room from its first event on, as a browser does: the same stream, the same ledger. */
export interface RoomFollower {
  readonly ledger: Ledger
  /** Notified of each event in order. Returns how to end it. */
  onEvent(listener: (event: RoomEvent) => void): () => void
  close(): Promise<void>
}

/** Follows the event stream over HTTP, and goes on from its last event where the stream ends. */
export function followRoom(url: string, room: string): RoomFollower {
  const ledger = createLedger()
  const listeners = new Set<(event: RoomEvent) => void>()
  const ending = new AbortController()
  let lastId = ''

  const take = (block: string) => {
    const line = (name: string) =>
      block
        .split('\n')
        .find((candidate) => candidate.startsWith(`${name}: `))
        ?.slice(name.length + 2)
    lastId = line('id') ?? lastId
    const data = line('data')
    if (data === undefined) return
    const event = JSON.parse(data) as RoomEvent
    ledger.apply(event)
    for (const listener of listeners) listener(event)
  }

  const readOnce = async () => {
    const answer = await fetch(`${url}/api/rooms/${room}/events?since=0`, {
      signal: ending.signal,
      headers: { accept: 'text/event-stream', ...(lastId === '' ? {} : { 'last-event-id': lastId }) },
    })
    if (!answer.ok || answer.body === null) throw new Error(`the event stream answered ${answer.status}`)
    let rest = ''
    for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
      const blocks = (rest + chunk).split('\n\n')
      rest = blocks.pop() ?? ''
      for (const block of blocks) take(block)
    }
  }

  const done = (async () => {
    while (!ending.signal.aborted) {
      try {
        await readOnce()
      } catch (error) {
        if (!ending.signal.aborted) throw error
      }
    }
  })()
  return {
    ledger,
    onEvent: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: async () => {
      ending.abort()
      await done
    },
  }
}
