import type { SystemId } from '#lib/protocol/names.ts'
import { lifeView } from './lives.ts'
import type { Message } from './state.ts'
import type { LifeView, MessageView } from './views.ts'

/** A message with all its lives; the same object as long as nothing of it changed. */
export function messageView(message: Message): MessageView {
  if (message.view) return message.view
  const lives = new Map<SystemId, LifeView>()
  for (let life = message.firstLife; life; life = life.sibling) {
    // A message that moved on within its system (dead-lettered elsewhere) is shown by the life that was sent.
    const shown = lives.get(life.lane.system)
    if (!shown || (shown.receipt.state === 'pending' && life.told !== null)) {
      lives.set(life.lane.system, lifeView(life))
    }
  }
  message.view = { ...message.content, lives }
  return message.view
}
