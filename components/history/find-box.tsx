'use client'

import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { showMessage } from '../feed/show-message.ts'
import { MessageList } from '../ledger/message-list.tsx'
import { Button } from '../ui/button.tsx'
import { Field, Input } from '../ui/field.tsx'
import { plural } from '../ui/format.ts'
import { ExportButtons } from './export-buttons.tsx'
import { setFilter, useFilter } from './filter.ts'

/** As many matches as anybody scrolls through; the count includes all others. */
const LISTED = 100

export interface FindBoxProps {
  room: string
  words: string
  onWords(words: string): void
  close(): void
}

/** What the search finds, as it is typed, and what can be done with it. */
export function FindBox({ room, words, onWords, close }: FindBoxProps) {
  useSlice(({ views }) => views.seq, 'calm')
  const feed = useFeed()
  const filter = useFilter()
  const found = feed.views.search({ words, limit: LISTED })
  const filtered = filter !== '' && filter === words.trim()
  return (
    <>
      <Field label="Find a message">
        <Input
          type="search"
          value={words}
          // The box was opened to type into this field.
          autoFocus
          autoComplete="off"
          placeholder="words, #42, from:ada, key:eu"
          onChange={(event) => {
            onWords(event.target.value)
            if (filter !== '') setFilter(event.target.value)
          }}
        />
      </Field>
      <p className="text-ink-2 text-xs" role="status">
        {words.trim() === ''
          ? `${plural(found.count, 'message')} held here`
          : `${plural(found.count, 'match')}`.replace(/matchs$/, 'matches')}
      </p>
      <MessageList
        messages={found.messages}
        onPick={(id) => {
          close()
          showMessage(feed, id)
        }}
      />
      <div className="flex flex-wrap justify-between gap-2">
        <Button
          size="sm"
          aria-pressed={filtered}
          disabled={words.trim() === ''}
          onClick={() => setFilter(filtered ? '' : words)}
        >
          Only these in the panes
        </Button>
        <ExportButtons words={words} room={room} />
      </div>
    </>
  )
}
