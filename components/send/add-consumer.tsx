'use client'

import { type FormEvent, type ReactNode, useState } from 'react'
import { nameSchema } from '#lib/protocol/names.ts'
import type { Settings } from '#lib/protocol/room.ts'
import { useFeed } from '../feed/feed-context.tsx'
import { modeManifestOf } from '../feed/lane-mode.ts'
import type { LaneRef } from '../feed/lane-ref.ts'
import { Refusal } from '../ui/box-text.tsx'
import { Button, type ButtonStyle } from '../ui/button.tsx'
import { Icon } from '../ui/icon.tsx'
import { Popover } from '../ui/popover.tsx'
import { errorWords } from '../words/errors.ts'
import { addNextConsumer, groupsOf } from './add-next.ts'
import { LANE_ACTION } from './lane-action.ts'
import { NameField } from './name-field.tsx'
import { nextFreeName } from './next-name.ts'
import { initialSettings, settingFields } from './setting-fields.ts'
import { SettingsForm } from './settings-form.tsx'

interface Draft {
  name: string
  group: string
  settings: Settings
}

const isNamed = ({ name, group }: Draft, needsGroup: boolean): boolean =>
  nameSchema.safeParse(name).success && (!needsGroup || nameSchema.safeParse(group).success)

function AddForm({ lane, onDone }: { lane: LaneRef; onDone: () => void }) {
  const feed = useFeed()
  const { manifest, modeManifest, destination } = lane
  const consumers = feed.views.destination(manifest.id, destination)?.consumers ?? []
  const groups = groupsOf(consumers)
  const [fields] = useState(() => settingFields(modeManifestOf(lane).consumerSettings))
  const [draft, setDraft] = useState<Draft>(() => ({
    name: nextFreeName(
      modeManifest.consumerNoun,
      consumers.map(({ name }) => name),
    ),
    group: groups[0] ?? '',
    settings: initialSettings(fields),
  }))
  const [problem, setProblem] = useState('')
  const [adding, setAdding] = useState(false)
  const isValid = isNamed(draft, modeManifest.can.groups)

  async function add(event: FormEvent) {
    event.preventDefault()
    setAdding(true)
    const reply = await feed.command('consumer:add', {
      system: manifest.id,
      destination,
      name: draft.name,
      ...(modeManifest.can.groups ? { group: draft.group } : {}),
      settings: draft.settings,
    })
    setAdding(false)
    if (reply.ok) onDone()
    else setProblem(errorWords(reply.code, { label: manifest.label, ...reply }))
  }

  return (
    <form className="grid gap-3" onSubmit={add}>
      <NameField label="Name" value={draft.name} onChange={(name) => setDraft({ ...draft, name })} />
      {modeManifest.can.groups && (
        <NameField
          label="Group"
          value={draft.group}
          suggestions={groups}
          onChange={(group) => setDraft({ ...draft, group })}
        />
      )}
      <SettingsForm
        fields={fields}
        values={draft.settings}
        onChange={(settings) => setDraft({ ...draft, settings })}
      />
      {problem && <Refusal>{problem}</Refusal>}
      <Button type="submit" look="solid" disabled={!isValid || adding}>
        {adding ? 'Joining' : `Add ${draft.name || modeManifest.consumerNoun}`}
      </Button>
    </form>
  )
}

/** The small arrow beside the button that adds at once. */
const MORE: ButtonStyle = {
  look: 'quiet',
  size: 'own',
  square: true,
  className: 'h-tap w-tap flex-none -ml-1.5 rounded-1 max-700:min-h-tap max-1440:w-6 inspecting:w-6',
}

interface AddConsumerProps {
  lane: LaneRef
  strong?: boolean
  /** What else can be added there, above the form. */
  others?: ReactNode
}

/**
 * Adds a real consumer to the lane with one click: the next free name, the lane's first group. Its seven questions are
 * behind the arrow.
 */
export function AddConsumer({ lane, strong = false, others }: AddConsumerProps) {
  const feed = useFeed()
  const [state, setState] = useState<{ adding: boolean; problem: string }>({ adding: false, problem: '' })
  const { consumerNoun } = lane.modeManifest
  const { label } = lane.manifest

  async function add() {
    setState({ adding: true, problem: '' })
    setState({ adding: false, problem: await addNextConsumer(feed, lane) })
  }

  return (
    <>
      <Button
        {...(strong ? STRONG : LANE_ACTION)}
        aria-label={`Add ${consumerNoun} to ${label}`}
        disabled={state.adding}
        onClick={() => void add()}
      >
        <Icon name="plus" />
        Add {consumerNoun}
      </Button>
      <Popover
        className="w-80"
        buttonStyle={MORE}
        label={`New ${consumerNoun} on ${label}, with its settings`}
        title={`Choose its name and settings`}
        button={<Icon name="down" className="size-3.5" />}
      >
        {(close) => (
          <>
            {others}
            <AddForm lane={lane} onDone={close} />
          </>
        )}
      </Popover>
      {state.problem && <Refusal as="span">{state.problem}</Refusal>}
    </>
  )
}

const STRONG: ButtonStyle = { look: 'solid', size: 'sm' }
