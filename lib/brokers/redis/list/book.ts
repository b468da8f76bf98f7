/** As many as a room can still recognise, and a bound on their bytes. */
const MAX_MESSAGES = 100_000
const MAX_BYTES = 48 * 1024 * 1024

/** What an element of a list is, as far as can be told. */
export interface Known {
  readonly messageId: string | null
  readonly identity: string
  /** How often it was handed to a worker of ours; an outside element may have been handed to others before. */
  attempts: number
}

/**
 * An element of a list is a text and nothing else. Which message of ours it is, is told by its text, the oldest first of
 * equal ones: a list hands its elements out in order. What cannot be told: an outside text equal to one of ours that
 * waits; and after a send whose receipt was lost, which of two equal texts of ours did arrive. Who reads the list outside
 * takes elements that we go on expecting: an equal text sent later bears the older one's name. Pure.
 */
export interface ListBook {
  /** One of ours, directly before its LPUSH is written. */
  send(messageId: string, body: Uint8Array): Known
  /** It is not in the list after all: refused, or never written. */
  forget(known: Known, body: Uint8Array): void
  /** A worker of ours was handed this text. */
  take(body: Uint8Array): Known
  /** Held by a worker no more and in the list again, or about to be. */
  putBack(known: Known, body: Uint8Array): void
  readonly size: number
}

export function createListBook(address: string, run: string): ListBook {
  /** By text: what lies in the list, what was handed out before coming first, then by age. */
  const waiting = new Map<string, Known[]>()
  let size = 0
  let bytes = 0
  let outside = 0
  const textOf = (body: Uint8Array) =>
    Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1')

  const remove = (text: string, index: number) => {
    const line = waiting.get(text)
    const [known] = line?.splice(index, 1) ?? []
    if (!known) return undefined
    if (line?.length === 0) waiting.delete(text)
    size--
    bytes -= text.length
    return known
  }
  const add = (text: string, known: Known, isFirst: boolean) => {
    const line = waiting.get(text)
    if (!line) waiting.set(text, [known])
    else if (isFirst) line.unshift(known)
    else line.push(known)
    size++
    bytes += text.length
    while (size > MAX_MESSAGES || bytes > MAX_BYTES) {
      const oldest = waiting.keys().next()
      if (oldest.done) return
      remove(oldest.value, 0)
    }
  }
  return {
    send: (messageId, body) => {
      const known = { messageId, identity: `redis:${address}:${messageId}`, attempts: 0 }
      add(textOf(body), known, false)
      return known
    },
    forget: (known, body) => {
      const text = textOf(body)
      const index = waiting.get(text)?.indexOf(known) ?? -1
      if (index >= 0) remove(text, index)
    },
    take: (body) => {
      const known = remove(textOf(body), 0) ?? {
        messageId: null,
        identity: `redis:${address}:outside:${run}:${++outside}`,
        attempts: 0,
      }
      known.attempts++
      return known
    },
    putBack: (known, body) => add(textOf(body), known, true),
    get size() {
      return size
    },
  }
}
