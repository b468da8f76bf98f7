import { type FormEvent, useState } from 'react'
import { Icon } from '../ui/icon.tsx'
import { errorWords } from '../words/errors.ts'
import { Card } from './card.tsx'
import type { PhoneConnection } from './phone-connection.ts'
import type { PhoneSystem } from './systems.ts'

/** Sends a message to the seat's own destination. */
export function SayCard({
  connection,
  system,
  to,
}: {
  connection: PhoneConnection
  system: PhoneSystem
  to: string
}) {
  const [text, setText] = useState('')
  const [problem, setProblem] = useState('')
  const send = async (event: FormEvent) => {
    event.preventDefault()
    if (text.trim() === '') return
    setText('')
    const failed = await connection.say(text)
    setProblem(failed === null ? '' : errorWords(failed.code, { label: system.label }))
    if (failed !== null) setText((typed) => (typed === '' ? text : typed))
  }
  return (
    <Card label={`Send to ${to}`}>
      <form onSubmit={send} className="flex items-center gap-2 p-2">
        <input
          dir="auto"
          aria-label={`Message to ${system.label} ${to}`}
          placeholder={`Send to ${to}`}
          autoComplete="off"
          enterKeyHint="send"
          value={text}
          onChange={({ target }) => setText(target.value)}
          className="h-12 min-w-0 flex-1 rounded-2 bg-transparent px-2 text-[17px] placeholder:text-ink-3"
        />
        <button
          type="submit"
          className="flex h-12 flex-none touch-manipulation items-center gap-2 rounded-2 bg-action px-4 font-strong text-[17px] text-on-action"
        >
          Send <Icon name="send" />
        </button>
      </form>
      {problem !== '' && (
        <p role="alert" className="px-4 pb-3 text-[15px] text-bad leading-[20px]">
          {problem}
        </p>
      )}
    </Card>
  )
}
