'use client'

import { useEffect, useRef, useState } from 'react'
import type { Settings } from '#lib/protocol/room.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { modeManifestOf } from '../feed/lane-mode.ts'
import type { LaneRef } from '../feed/lane-ref.ts'
import { changedSettings, settingFields } from '../send/setting-fields.ts'
import { SettingsForm } from '../send/settings-form.tsx'
import { BoxTitle, Hint, Refusal } from '../ui/box-text.tsx'
import { Icon } from '../ui/icon.tsx'
import { Popover } from '../ui/popover.tsx'
import { errorWords } from '../words/errors.ts'
import type { SettingField } from '../words/settings.ts'

/** A slider's way is one change, not a hundred. */
const APPLY_AFTER_MS = 250

/** Where a consumer starts is settled when it joins; a reader is moved by its replay box. */
const WHEN_JOINING = new Set(['from', 'offset', 'time', 'id'])

const liveFields = (lane: LaneRef): SettingField[] =>
  settingFields(modeManifestOf(lane).consumerSettings).filter(({ name }) => !WHEN_JOINING.has(name))

type Progress =
  | { state: 'idle' }
  | { state: 'applying' }
  | { state: 'applied' }
  | { state: 'refused'; words: string }

/** Applies what was changed a moment ago; what the broker refuses goes back to what it was. */
function useLiveSettings(lane: LaneRef, consumerId: string) {
  const feed = useFeed()
  const reported = useSlice(({ views }) => JSON.stringify(views.pane(consumerId)?.consumer.settings))
  const current = feed.views.pane(consumerId)?.consumer.settings ?? {}
  const [wish, setWish] = useState<Settings>({})
  const [progress, setProgress] = useState<Progress>({ state: 'idle' })
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const wished = useRef<Settings>({})

  async function apply() {
    timer.current = undefined
    const settings = wished.current
    wished.current = {}
    setProgress({ state: 'applying' })
    const reply = await feed.command('consumer:update', { consumer: consumerId, settings })
    if (!reply.ok && timer.current === undefined) setWish({})
    const { label } = lane.manifest
    setProgress(
      reply.ok
        ? { state: 'applied' }
        : { state: 'refused', words: errorWords(reply.code, { label, ...reply }) },
    )
  }
  const latest = useRef(apply)
  latest.current = apply

  // What the person chose is shown until the room reports the same, so that a slider does not jump back in between.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the room reported new settings
  useEffect(() => {
    if (timer.current === undefined) setWish({})
  }, [reported])

  // Closing the box is not taking back what was turned in it.
  useEffect(
    () => () => {
      if (timer.current === undefined) return
      clearTimeout(timer.current)
      void latest.current()
    },
    [],
  )

  return {
    values: { ...current, ...wish },
    progress,
    change: (next: Settings) => {
      wished.current = changedSettings(current, next)
      setWish(wished.current)
      clearTimeout(timer.current)
      timer.current = setTimeout(() => void latest.current(), APPLY_AFTER_MS)
    },
  }
}

function SettingsBox({ lane, consumerId, name }: { lane: LaneRef; consumerId: string; name: string }) {
  const live = useLiveSettings(lane, consumerId)
  const { progress } = live
  return (
    <>
      <BoxTitle>Settings of {name}</BoxTitle>
      <div className="grid gap-3">
        <SettingsForm fields={liveFields(lane)} values={live.values} onChange={live.change} />
      </div>
      {progress.state === 'refused' ? (
        <Refusal>{progress.words}</Refusal>
      ) : (
        <Hint role="status">
          {progress.state === 'applying' && 'Changing…'}
          {progress.state === 'applied' && 'Changed.'}
          {progress.state === 'idle' && 'Changes take effect at once.'}
        </Hint>
      )}
    </>
  )
}

/** Turns what a consumer does with each message, while it is at work. */
export function ConsumerSettings({
  lane,
  consumerId,
  name,
}: {
  lane: LaneRef
  consumerId: string
  name: string
}) {
  if (liveFields(lane).length === 0) return null
  return (
    <Popover
      buttonStyle={{ size: 'sm' }}
      className="w-85"
      label={`Settings of ${name}`}
      align="end"
      button={
        <>
          <Icon name="options" />
          Settings
        </>
      }
    >
      {() => <SettingsBox lane={lane} consumerId={consumerId} name={name} />}
    </Popover>
  )
}
