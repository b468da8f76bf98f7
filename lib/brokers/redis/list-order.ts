/** As many as a room can still recognise, and a limit for their bytes. */
const MAX_MESSAGES = 100_000
const MAX_BYTES = 48 * 1024 * 1024

/** What is known of one element of a list. */
export interface ListElement {
  readonly messageId: string | null
  readonly identity: string
  /** How often it was delivered to a worker of ours; an outside element may have been delivered to others before. */
  attempts: number
}

/**
 * An element of a list is a text and nothing else. Which message of ours it is, is decided by its text, the oldest of
 * equal texts first, since a list delivers in order. What this cannot know: an outside text that equals one of ours that
 * waits; and, after a send whose receipt was lost, which of two equal texts of ours did arrive. A program outside that
 * reads the list takes elements that are still expected here: an equal text sent later then gets the older one's id. Pure.
 */
export interface ListOrder {
  /** Enters one of ours. Call it directly before its LPUSH is written. */
  send(messageId: string, body: Uint8Array): ListElement
  /** It is not in the list after all: it was refused, or never written. */
  forget(element: ListElement, body: Uint8Array): void
  /** A worker of ours received this text. */
  take(body: Uint8Array): ListElement
  /** A worker released it: it is in the list again, or about to be. */
  putBack(element: ListElement, body: Uint8Array): void
  readonly size: number
}

export function createListOrder(address: string, run: string): ListOrder {
  /** What lies in the list, by text; what was delivered before comes first, then the oldest. */
  const waiting = new Map<string, ListElement[]>()
  let size = 0
  let bytes = 0
  let outside = 0
  const textOf = (body: Uint8Array) =>
    Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1')

  const remove = (text: string, index: number) => {
    const equals = waiting.get(text)
    const [element] = equals?.splice(index, 1) ?? []
    if (!element) return undefined
    if (equals?.length === 0) waiting.delete(text)
    size--
    bytes -= text.length
    return element
  }
  const add = (text: string, element: ListElement, isFirst: boolean) => {
    const equals = waiting.get(text)
    if (!equals) waiting.set(text, [element])
    else if (isFirst) equals.unshift(element)
    else equals.push(element)
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
      const element = { messageId, identity: `redis:${address}:${messageId}`, attempts: 0 }
      add(textOf(body), element, false)
      return element
    },
    forget: (element, body) => {
      const text = textOf(body)
      const index = waiting.get(text)?.indexOf(element) ?? -1
      if (index >= 0) remove(text, index)
    },
    take: (body) => {
      const element = remove(textOf(body), 0) ?? {
        messageId: null,
        identity: `redis:${address}:outside:${run}:${++outside}`,
        attempts: 0,
      }
      element.attempts++
      return element
    },
    putBack: (element, body) => add(textOf(body), element, true),
    get size() {
      return size
    },
  }
}
