import type { ContentView } from '#lib/ledger/model/views.ts'
import { shorten } from '#lib/util/cut-text.ts'
import { formatTime } from '../ui/format.ts'
import { Tag } from '../ui/tag.tsx'
import { bodyWords } from '../words/bodies.ts'

/** As much of a text as one line shows. */
const TEXT_CHARS = 120

interface MessageListProps {
  messages: readonly ContentView[]
  onPick(messageId: string): void
}

/** Messages, one line each; choosing one points it out in every view. */
export const MessageList = ({ messages, onPick }: MessageListProps) => (
  <ul className="max-h-70 overflow-auto">
    {messages.map((message) => (
      <li key={message.messageId}>
        <button
          type="button"
          className="flex min-h-tap w-full items-center gap-2 rounded-1 px-1 py-0.5 fs-sm hover:bg-hover"
          data-listed={message.messageId}
          onClick={() => onPick(message.messageId)}
        >
          <Tag number={message.number} size="flush" className="min-w-8" />
          <span className="min-w-0 flex-1 overflow-hidden text-ellipsis whitespace-nowrap">
            {message.sender !== null && (
              <b>
                <bdi>{message.sender}</bdi>
              </b>
            )}{' '}
            <bdi>{shorten(bodyWords(message), TEXT_CHARS)}</bdi>
          </span>
          {message.sentAt !== null && (
            <time className="text-ink-3 fs-xs" dateTime={new Date(message.sentAt).toISOString()}>
              {formatTime(message.sentAt)}
            </time>
          )}
        </button>
      </li>
    ))}
  </ul>
)
