'use client'

import { type FormEvent, useState } from 'react'
import { destinationId } from '#lib/protocol/names.ts'
import type { Settings } from '#lib/protocol/room.ts'
import { Permitted } from '../access/permitted.tsx'
import { useFeed } from '../feed/feed-context.tsx'
import { modeManifestOf } from '../feed/lane-mode.ts'
import type { LaneRef } from '../feed/lane-ref.ts'
import { changedSettings, settingFields } from '../send/setting-fields.ts'
import { SettingsForm } from '../send/settings-form.tsx'
import { BoxTitle, Hint, Refusal } from '../ui/box-text.tsx'
import { Button } from '../ui/button.tsx'
import { FactList } from '../ui/fact-list.tsx'
import { errorWords } from '../words/errors.ts'
import { changeForeignWords, fixedWords } from '../words/modes.ts'
import { settingWords } from '../words/settings.ts'

/** A destination's settings as it was made, where nothing of it can be changed, and why not. */
function Fixed({ lane, values }: { lane: LaneRef; values: Settings }) {
  const { lacks, noun, destinationSettings } = modeManifestOf(lane)
  const fields = settingFields(destinationSettings)
  return (
    <>
      {fields.length > 0 && (
        <FactList
          lines={fields.map((field) => ({
            name: field.label,
            says: settingWords(field, values[field.name] ?? field.initial),
          }))}
        />
      )}
      <Hint>{fields.length === 0 ? `A ${noun} has no settings here.` : fixedWords(lacks.alter, noun)}</Hint>
    </>
  )
}

function Alter({ lane, values, onDone }: { lane: LaneRef; values: Settings; onDone(): void }) {
  const feed = useFeed()
  const { manifest, modeManifest, destination } = lane
  const [fields] = useState(() => settingFields(modeManifestOf(lane).destinationSettings))
  const [draft, setDraft] = useState(values)
  const [problem, setProblem] = useState('')
  const [busy, setBusy] = useState(false)
  /** It was on the broker before: the next press says that it is meant all the same. */
  const [asking, setAsking] = useState(false)
  const changes = changedSettings(values, draft)

  async function apply(event: FormEvent) {
    event.preventDefault()
    setBusy(true)
    const reply = await feed.command('destination:update', {
      destination: destinationId(manifest.id, destination),
      settings: changes,
      ...(asking ? { confirmed: true } : {}),
    })
    setBusy(false)
    if (reply.ok) return onDone()
    setAsking(reply.code === 'existed-before')
    setProblem(
      reply.code === 'existed-before' ? '' : errorWords(reply.code, { label: manifest.label, ...reply }),
    )
  }

  return (
    <form className="grid gap-3" onSubmit={apply}>
      <SettingsForm
        fields={fields}
        values={draft}
        onChange={(next) => {
          setDraft(next)
          setAsking(false)
        }}
      />
      {problem && <Refusal>{problem}</Refusal>}
      {asking && <Hint>{changeForeignWords(modeManifest.noun, destination)}</Hint>}
      <Permitted command="destination:update">
        <Button
          type="submit"
          look={asking ? 'danger' : 'solid'}
          disabled={busy || Object.keys(changes).length === 0}
        >
          {changeLabel(destination, busy, asking)}
        </Button>
      </Permitted>
    </form>
  )
}

function changeLabel(destination: string, busy: boolean, asking: boolean): string {
  if (busy) return 'Changing'
  return asking ? `Change ${destination} for all` : `Change ${destination}`
}

/** What one might look for here in vain, and why. */
const WORTH_SAYING = ['headers', 'deadLetters'] as const

const Lacking = ({ lane: { modeManifest } }: { lane: LaneRef }) => (
  <>
    {WORTH_SAYING.filter((power) => !modeManifest.can[power]).map(
      (power) => modeManifest.lacks[power] && <Hint key={power}>{modeManifest.lacks[power]}</Hint>,
    )}
  </>
)

/** What a destination was made with, and what of it can be changed while it is in use. */
export function DestinationSettings({ lane, onDone }: { lane: LaneRef; onDone(): void }) {
  const feed = useFeed()
  const values = feed.views.destination(lane.manifest.id, lane.destination)?.destination.settings ?? {}
  return (
    <>
      <BoxTitle>
        Settings of {lane.modeManifest.noun} {lane.destination}
      </BoxTitle>
      {lane.modeManifest.can.alter ? (
        <Alter lane={lane} values={values} onDone={onDone} />
      ) : (
        <Fixed lane={lane} values={values} />
      )}
      <Lacking lane={lane} />
    </>
  )
}
