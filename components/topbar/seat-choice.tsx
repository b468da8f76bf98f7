'use client'

import { useEffect, useState } from 'react'
import { roomSnapshotSchema, seatRulesSchema } from '#lib/protocol/room.ts'
import { useMay } from '../access/use-may.ts'
import { useFeed } from '../feed/feed-context.tsx'
import { Hint, Refusal } from '../ui/box-text.tsx'
import { errorWords } from '../words/errors.ts'

/** Whether phones choose where they sit, or are dealt a seat: a presenter's to say, for who joins from now on. */
export function SeatChoice() {
  const { allowed } = useMay('seats:update')
  const feed = useFeed()
  const [choice, setChoice] = useState<boolean | null>(null)
  const [problem, setProblem] = useState('')
  useEffect(() => {
    let gone = false
    void feed.command('room:get', {}).then((reply) => {
      if (reply.ok && !gone) setChoice(roomSnapshotSchema.parse(reply.value).seats?.choice ?? false)
    })
    return () => {
      gone = true
    }
  }, [feed])
  if (!allowed || choice === null) return null
  const update = async (wanted: boolean) => {
    setChoice(wanted)
    const reply = await feed.command('seats:update', { choice: wanted })
    setProblem(reply.ok ? '' : errorWords(reply.code, reply))
    setChoice(reply.ok ? seatRulesSchema.parse(reply.value).choice : choice)
  }
  return (
    <div className="grid gap-1">
      <label className="flex min-h-7 items-center gap-2 max-700:min-h-tap">
        <input
          type="checkbox"
          className="m-0 size-4.5 accent-ink"
          checked={choice}
          onChange={({ target }) => void update(target.checked)}
        />
        People choose where they sit
      </label>
      <Hint>
        {choice
          ? 'Each phone picks a queue, a fan-out or a log when it joins.'
          : 'Each phone is dealt a seat, so that all of them fill evenly.'}
      </Hint>
      {problem !== '' && <Refusal>{problem}</Refusal>}
    </div>
  )
}
