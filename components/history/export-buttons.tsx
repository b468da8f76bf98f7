'use client'

import { messagesCsv, messagesJson } from '#lib/recording/messages-file.ts'
import { useFeed } from '../feed/feed-context.tsx'
import { Button } from '../ui/button.tsx'
import { download, fileTime } from '../ui/download.ts'
import { Icon } from '../ui/icon.tsx'

/** The messages found, oldest first, as a file: for a program, or for a spreadsheet. */
export function ExportButtons({ words, room }: { words: string; room: string }) {
  const { views } = useFeed()
  const save = (ending: 'json' | 'csv') => {
    const { messages } = views.search({ words, limit: Number.POSITIVE_INFINITY })
    const whole = messages.flatMap(({ messageId }) => views.message(messageId) ?? []).reverse()
    const text = ending === 'json' ? messagesJson(whole) : messagesCsv(whole)
    const type = ending === 'json' ? 'application/json' : 'text/csv;charset=utf-8'
    download(`${room}-messages-${fileTime(Date.now())}.${ending}`, type, [text])
  }
  return (
    <span className="flex items-center gap-2">
      <Button size="sm" onClick={() => save('json')}>
        <Icon name="download" />
        JSON
      </Button>
      <Button size="sm" onClick={() => save('csv')}>
        <Icon name="download" />
        CSV
      </Button>
    </span>
  )
}
