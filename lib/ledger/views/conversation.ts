import type { Message } from '../model/records.ts'
import type { ConversationEntry, ConversationView, PersonChangeView } from '../model/views.ts'
import type { LedgerState } from '../store/state.ts'
import { messageView } from './messages.ts'

/**
 * The room's newest messages of all systems in the order in which they were sent, oldest first, at most `limit` of them,
 * with who joined and left between them. Messages of loads do not count: those that follow one another are one entry.
 */
export function conversationOf(state: LedgerState, limit: number): ConversationView {
  const { messages, earlier } = newestMessages(state, limit)
  const builder = new EntryBuilder(earlier ? changesSince(state, messages[0]) : [...state.personChanges])
  for (const message of messages) builder.addMessage(message)
  return { entries: builder.finish(), earlier }
}

/** By number; the order of learning is nearly that, so sorting is cheap. */
function newestMessages(state: LedgerState, limit: number): { messages: Message[]; earlier: boolean } {
  const messages: Message[] = []
  let people = 0
  for (let index = state.age.length - 1; index >= state.oldest; index -= 1) {
    const message = state.age[index]
    if (!message?.held) continue
    if (message.content.load === null) people += 1
    if (people > limit) return { messages: inOrder(messages), earlier: true }
    messages.push(message)
  }
  return { messages: inOrder(messages), earlier: false }
}

const inOrder = (newestFirst: Message[]): Message[] => newestFirst.reverse().sort(byNumber)

function byNumber(a: Message, b: Message): number {
  const first = a.content.number
  const second = b.content.number
  return first === null || second === null ? 0 : first - second
}

/** When it was sent, or when it was first heard of where a program outside sent it. */
const momentOf = ({ content, firstAt }: Message): number => content.sentAt ?? firstAt

const changesSince = (state: LedgerState, first: Message | undefined): PersonChangeView[] =>
  first === undefined ? [] : state.personChanges.filter(({ at }) => at >= momentOf(first))

type LoadEntry = Extract<ConversationEntry, { type: 'load' }>

class EntryBuilder {
  private readonly entries: ConversationEntry[] = []
  private readonly changes: PersonChangeView[]
  private load: LoadEntry | null = null

  constructor(changes: PersonChangeView[]) {
    this.changes = changes
  }

  addMessage(message: Message): void {
    const at = momentOf(message)
    while (this.changes[0] && this.changes[0].at < at) this.addChange(this.changes.shift())
    const { load, number } = message.content
    if (load === null) {
      this.load = null
      this.entries.push({ type: 'message', key: message.id, at, message: messageView(message) })
    } else if (this.load) {
      this.load.count += 1
      this.load.last = number ?? this.load.last
    } else {
      this.load = { type: 'load', key: `load ${message.id}`, at, count: 1, first: number, last: number }
      this.entries.push(this.load)
    }
  }

  finish(): ConversationEntry[] {
    for (const change of this.changes) this.addChange(change)
    return this.entries
  }

  private addChange(change: PersonChangeView | undefined): void {
    if (change === undefined) return
    this.load = null
    const last = this.entries.at(-1)
    if (last?.type === 'people') last.changes = [...last.changes, change]
    else this.entries.push({ type: 'people', key: change.key, at: change.at, changes: [change] })
  }
}
