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
export class ListOrder {
  readonly #address: string
  /** Makes the identities of outside elements differ from those of any other process or time. */
  readonly #run: string
  /** What lies in the list, by text; what was delivered before comes first, then the oldest. */
  readonly #waiting = new Map<string, ListElement[]>()
  #size = 0
  #bytes = 0
  #outside = 0

  constructor(address: string, run: string) {
    this.#address = address
    this.#run = run
  }

  get size(): number {
    return this.#size
  }

  /** Enters one of ours. Call it directly before its LPUSH is written. */
  send(messageId: string, body: Uint8Array): ListElement {
    const element = { messageId, identity: `redis:${this.#address}:${messageId}`, attempts: 0 }
    this.#add(textOf(body), element, false)
    return element
  }

  /** It is not in the list after all: it was refused, or never written. */
  forget(element: ListElement, body: Uint8Array): void {
    const text = textOf(body)
    const index = this.#waiting.get(text)?.indexOf(element) ?? -1
    if (index >= 0) this.#remove(text, index)
  }

  /** A worker of ours received this text. */
  take(body: Uint8Array): ListElement {
    const element = this.#remove(textOf(body), 0) ?? this.#nameOutside()
    element.attempts++
    return element
  }

  /** A worker released it: it is in the list again, or about to be. */
  putBack(element: ListElement, body: Uint8Array): void {
    this.#add(textOf(body), element, true)
  }

  /** The id of the one message of ours with this text that lies in the list; null where there is none, or several. */
  only(body: Uint8Array): string | null {
    const equals = this.#waiting.get(textOf(body))
    return equals?.length === 1 ? (equals[0]?.messageId ?? null) : null
  }

  #nameOutside(): ListElement {
    const identity = `redis:${this.#address}:outside:${this.#run}:${++this.#outside}`
    return { messageId: null, identity, attempts: 0 }
  }

  #remove(text: string, index: number): ListElement | undefined {
    const equals = this.#waiting.get(text)
    const [element] = equals?.splice(index, 1) ?? []
    if (!element) return undefined
    if (equals?.length === 0) this.#waiting.delete(text)
    this.#size--
    this.#bytes -= text.length
    return element
  }

  #add(text: string, element: ListElement, isFirst: boolean): void {
    const equals = this.#waiting.get(text)
    if (!equals) this.#waiting.set(text, [element])
    else if (isFirst) equals.unshift(element)
    else equals.push(element)
    this.#size++
    this.#bytes += text.length
    while (this.#size > MAX_MESSAGES || this.#bytes > MAX_BYTES) {
      const oldest = this.#waiting.keys().next()
      if (oldest.done) return
      this.#remove(oldest.value, 0)
    }
  }
}

const textOf = (body: Uint8Array): string =>
  Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1')
