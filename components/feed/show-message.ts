import type { Feed } from '#lib/feed/feed.ts'
import { createSignal, type Unsubscribe } from '#lib/util/emitter.ts'

/** One page shows one room: whoever shows messages listens. */
const asked = createSignal<string>()

/** Points at a message until it is released, and has every pane and view scroll to it. */
export function showMessage(feed: Pick<Feed, 'pin'>, messageId: string): void {
  feed.pin(messageId)
  asked.emit(messageId)
}

export const onShowMessage = (listener: (messageId: string) => void): Unsubscribe => asked.on(listener)
