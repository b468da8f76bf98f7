'use client'

import { useState } from 'react'
import type { DestinationView } from '#lib/ledger/model/views.ts'
import { useFeed } from '../feed/feed-context.tsx'
import type { LaneRef } from '../feed/lane-ref.ts'
import { Refusal } from '../ui/box-text.tsx'
import { IconButton } from '../ui/icon-button.tsx'
import { errorWords } from '../words/errors.ts'
import { nextFreeName } from './next-name.ts'

/** Where nothing is kept for dead letters, their setting says so in one of these ways. */
const OFF: ReadonlySet<unknown> = new Set([undefined, false, null, '', 'off', 'none', 'no'])

/** The destination has a place for what nobody could finish. */
export const keepsDeadLetters = (lane: LaneRef, view: DestinationView | undefined): boolean =>
  lane.modeManifest.can.deadLetters && !OFF.has(view?.destination.settings.deadLetters)

/** Adds a pane that reads what the lane's consumers gave up on. One of them is enough. */
export function AddDeadLetterReader({ lane, view }: { lane: LaneRef; view: DestinationView | undefined }) {
  const feed = useFeed()
  const [problem, setProblem] = useState('')
  const [busy, setBusy] = useState(false)
  if (!view || !keepsDeadLetters(lane, view)) return null
  if (view.consumers.some(({ role }) => role === 'dead-letters')) return null
  const { id: system, label } = lane.manifest

  async function add() {
    setBusy(true)
    const name = nextFreeName(
      'dead-letters',
      (view?.consumers ?? []).map((consumer) => consumer.name),
    )
    const { destination } = lane
    const settings = { reads: 'dead-letters' }
    const reply = await feed.command('consumer:add', { system, destination, name, settings })
    setBusy(false)
    setProblem(reply.ok ? '' : errorWords(reply.code, { label, ...reply }))
  }

  return (
    <>
      <IconButton
        icon="dead"
        look="quiet"
        size="sm"
        label={`Add dead-letter reader to ${label}`}
        title="Add a reader of the dead letters: a pane for what nobody could finish"
        disabled={busy}
        onClick={() => void add()}
      />
      {problem && <Refusal as="span">{problem}</Refusal>}
    </>
  )
}
