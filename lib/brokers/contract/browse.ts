import type { Delivery } from './delivery.ts'

/** A message as its broker keeps it: what a delivery of it would hold. `storedAt`: when it was written, if nothing else says so. */
export type BrowsedMessage = { storedAt?: number } & Pick<
  Delivery,
  | 'messageId'
  | 'identity'
  | 'writtenAt'
  | 'body'
  | 'nullBody'
  | 'key'
  | 'keyBytes'
  | 'metadata'
  | 'sender'
  | 'address'
  | 'unreadable'
>

export interface BrowseRequest {
  /** `oldest`, `newest`, or the `older` or `newer` of a page of the same destination. */
  from: string
  limit: number
  /** About how much a page may hold; one message at least. */
  maxBytes: number
}

/** The oldest first. */
export interface BrowsedPage {
  messages: BrowsedMessage[]
  /** Null: nothing is kept before the page, or behind it, by now. */
  older: string | null
  newer: string | null
}
