'use client'

import { useState } from 'react'
import type { DestinationView } from '#lib/ledger/model/views.ts'
import { useFeed } from '../feed/feed-context.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
import { Hint, Refusal } from '../ui/box-text.tsx'
import { Button } from '../ui/button.tsx'
import { Icon } from '../ui/icon.tsx'
import { addDeadLetterReader, lacksDeadLetterReader } from './add-next.ts'

/** Adds a pane that reads what the lane's consumers gave up on. One of them is enough. */
export function AddDeadLetterReader({ lane, view }: { lane: LaneRef; view: DestinationView | undefined }) {
  const feed = useFeed()
  const [problem, setProblem] = useState('')
  const [busy, setBusy] = useState(false)
  if (!lacksDeadLetterReader(lane, view)) return null
  const { label } = lane.manifest

  async function add() {
    setBusy(true)
    setProblem(await addDeadLetterReader(feed, lane))
    setBusy(false)
  }

  return (
    <div className="grid justify-items-start gap-1 border-b pb-3">
      <Button
        size="sm"
        aria-label={`Add dead-letter reader to ${label}`}
        disabled={busy}
        onClick={() => void add()}
      >
        <Icon name="dead" />
        Add dead-letter reader
      </Button>
      <Hint>A pane for what nobody could finish.</Hint>
      {problem && <Refusal as="span">{problem}</Refusal>}
    </div>
  )
}
