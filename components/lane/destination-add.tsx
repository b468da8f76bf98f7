'use client'

import { type FormEvent, useState } from 'react'
import type { ModeProfile } from '#lib/brokers/contract.ts'
import type { FoundDestination } from '#lib/protocol/found-destinations.ts'
import { brokerAddressSchema, type Mode, nameSchema } from '#lib/protocol/names.ts'
import type { Destination, Settings } from '#lib/protocol/room.ts'
import { useFeed } from '../feed/feed-context.tsx'
import { modeManifestOf } from '../feed/lane-mode.ts'
import type { LaneRef } from '../feed/lane-ref.ts'
import { NameField } from '../send/name-field.tsx'
import { initialSettings, settingFields } from '../send/setting-fields.ts'
import { SettingsForm } from '../send/settings-form.tsx'
import { BoxTitle, Refusal } from '../ui/box-text.tsx'
import { Button } from '../ui/button.tsx'
import { Field, Input } from '../ui/field.tsx'
import { plural } from '../ui/format.ts'
import { FoundList } from './found-list.tsx'
import { freeDestinationName, nameFor } from './make-destination.ts'
import { ModeSwitch } from './mode-switch.tsx'
import type { ModeChoice } from './use-mode-choice.ts'

interface Draft {
  mode: Mode
  name: string
  /** Its name on the broker; empty: made from `name`. */
  address: string
  settings: Settings
  /** The consumers that the mode usually starts with come too. */
  peopled: boolean
}

function draftFor(lane: LaneRef, mode: Mode, there: readonly Destination[]): Draft {
  const found = modeManifestOf({ ...lane, mode, settings: {} })
  return {
    mode,
    name: freeDestinationName(found.starter.name, there, lane.manifest.id),
    address: '',
    settings: { ...initialSettings(settingFields(found.destinationSettings)), ...found.starter.settings },
    peopled: true,
  }
}

/** Another mode has other settings; what was chosen on the broker stays chosen. */
function changedMode(lane: LaneRef, draft: Draft, mode: Mode, there: readonly Destination[]): Draft {
  const { address, name } = draft
  const next = draftFor(lane, mode, there)
  return address === '' ? next : { ...next, address, name, peopled: false }
}

/** One that is on the broker is used as it is, and nobody takes its messages unless a person asks for it. */
function draftOfFound(lane: LaneRef, found: FoundDestination, there: readonly Destination[]): Draft {
  const { address, mode, settings } = found
  const draft = draftFor(lane, mode, there)
  const name = freeDestinationName(nameFor(address), there, lane.manifest.id)
  return { ...draft, name, address, settings: { ...draft.settings, ...settings }, peopled: false }
}

function Peopled({
  mode,
  draft,
  onChange,
}: {
  mode: ModeProfile
  draft: Draft
  onChange(draft: Draft): void
}) {
  const { consumers } = mode.starter
  return (
    <label className="flex min-h-tap items-center gap-2 fs-sm">
      <input
        className="m-0 size-4.5 accent-ink"
        type="checkbox"
        checked={draft.peopled}
        onChange={(event) => onChange({ ...draft, peopled: event.target.checked })}
      />
      With {plural(consumers.length, mode.consumerNoun)} from the start
    </label>
  )
}

const isAddress = (address: string) => address === '' || brokerAddressSchema.safeParse(address).success

const isComplete = ({ name, address }: Draft) => nameSchema.safeParse(name).success && isAddress(address)

interface AddressProps {
  label: string
  value: string
  onChange(value: string): void
}

/** What a broker calls something: slashes, spaces and colons are as good as letters there. */
function AddressField({ label, value, onChange }: AddressProps) {
  return (
    <Field label={label}>
      <Input
        className="mono"
        value={value}
        aria-invalid={!isAddress(value)}
        spellCheck={false}
        autoComplete="off"
        autoCapitalize="off"
        onChange={(event) => onChange(event.target.value)}
      />
    </Field>
  )
}

interface AddProps {
  lane: LaneRef
  choice: ModeChoice
  onDone(): void
}

/** A further destination: its semantics, its name and its settings, as the manifest describes them. */
export function DestinationAdd({ lane, choice, onDone }: AddProps) {
  const feed = useFeed()
  const { manifest } = lane
  const [draft, setDraft] = useState(() => draftFor(lane, lane.mode, feed.views.destinations))
  const [problem, setProblem] = useState('')
  const mode = modeManifestOf({ manifest, ...draft })
  const busy = choice.making.state === 'making'

  async function add(event: FormEvent) {
    event.preventDefault()
    const { name, settings, peopled } = draft
    const address = draft.address || undefined
    const consumers = peopled ? mode.starter.consumers : []
    const plan = { system: manifest.id, mode: draft.mode, name, address, settings, consumers }
    const words = await choice.make(plan)
    if (words === null) onDone()
    else setProblem(words)
  }

  return (
    <form className="grid gap-3" onSubmit={add}>
      <BoxTitle>Add a destination on {manifest.label}</BoxTitle>
      <FoundList
        lane={lane}
        chosen={draft.address}
        onChoose={(found) => setDraft(draftOfFound(lane, found, feed.views.destinations))}
      />
      <ModeSwitch
        label="Mode"
        manifest={manifest}
        value={draft.mode}
        onChoose={(next) => setDraft(changedMode(lane, draft, next, feed.views.destinations))}
      />
      <NameField label="Name" value={draft.name} onChange={(name) => setDraft({ ...draft, name })} />
      <AddressField
        label={`Name on ${manifest.label}, if it has another there`}
        value={draft.address}
        onChange={(address) => setDraft({ ...draft, address })}
      />
      <SettingsForm
        fields={settingFields(mode.destinationSettings)}
        values={draft.settings}
        onChange={(settings) => setDraft({ ...draft, settings })}
      />
      {mode.starter.consumers.length > 0 && <Peopled mode={mode} draft={draft} onChange={setDraft} />}
      {problem && <Refusal>{problem}</Refusal>}
      <Button type="submit" look="solid" disabled={busy || !isComplete(draft)}>
        {busy ? 'Making' : `Add ${mode.noun} ${draft.name}`}
      </Button>
    </form>
  )
}
