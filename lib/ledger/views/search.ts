import type { SystemId } from '#lib/protocol/names.ts'
import type { SearchQuery, SearchResult } from '../model/count-views.ts'
import type { Message } from '../model/records.ts'
import type { ContentView } from '../model/views.ts'
import type { LedgerState } from '../store/state.ts'

type Test = (content: ContentView) => boolean

const within = (text: string | null, needle: string): boolean => text?.toLowerCase().includes(needle) ?? false

function testOf(word: string): Test {
  const number = /^#(\d+)$/.exec(word)
  if (number) return (content) => content.number === Number(number[1])
  const [, field, rest = ''] = /^(from|key):(.+)$/.exec(word) ?? []
  if (field === 'from') return ({ sender }) => within(sender, rest)
  if (field === 'key') return ({ key }) => within(key, rest)
  return ({ text, sender, key }) => within(text, word) || within(sender, word) || within(key, word)
}

/** Whether a message's content matches. Null when nothing is asked for. */
export function createMatcher(words: string): Test | null {
  const tests = words.toLowerCase().split(/\s+/).filter(Boolean).map(testOf)
  return tests.length === 0 ? null : (content) => tests.every((test) => test(content))
}

function isOn(message: Message, system: SystemId | undefined): boolean {
  if (system === undefined) return true
  for (let life = message.firstLife; life; life = life.sibling)
    if (life.destination.system === system) return true
  return false
}

export function searchMessages(state: LedgerState, { words, system, limit }: SearchQuery): SearchResult {
  const matches = createMatcher(words)
  const messages: ContentView[] = []
  let count = 0
  for (let index = state.age.length - 1; index >= state.oldest; index -= 1) {
    const message = state.age[index]
    if (!message?.held || !isOn(message, system) || (matches && !matches(message.content))) continue
    count += 1
    if (messages.length < limit) messages.push(message.content)
  }
  return { messages, count }
}
