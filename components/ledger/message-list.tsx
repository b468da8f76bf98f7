import type { ContentView } from '#lib/ledger/model/views.ts'
import { formatTime } from '../ui/format.ts'
import { Tag } from '../ui/tag.tsx'

/** As much of a text as one line shows. */
const TEXT_CHARS = 120

interface MessageListProps {
  messages: readonly ContentView[]
  onPick(messageId: string): void
}

/** Messages, one line each; choosing one points it out in every view. */
export const MessageList = ({ messages, onPick }: MessageListProps) => (
  <ul className="message-list">
    {messages.map((message) => (
      <li key={message.messageId}>
        <button type="button" data-listed={message.messageId} onClick={() => onPick(message.messageId)}>
          <Tag number={message.number} />
          <span className="line">
            {message.sender !== null && <b>{message.sender}</b>} {message.text?.slice(0, TEXT_CHARS) ?? '…'}
          </span>
          {message.sentAt !== null && (
            <time dateTime={new Date(message.sentAt).toISOString()}>{formatTime(message.sentAt)}</time>
          )}
        </button>
      </li>
    ))}
  </ul>
)
