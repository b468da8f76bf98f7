'use client'

import { Command } from 'cmdk'
import { useState } from 'react'
import { useFeed } from '../feed/feed-context.tsx'
import { Refusal } from '../ui/box-text.tsx'
import { showOverlay, useOverlay } from '../ui/overlay.ts'
import { type Action, whyNot } from './action.ts'
import { allActions } from './all-actions.ts'
import { OverlayBox } from './overlay-box.tsx'

const byGroup = (actions: readonly Action[]): ReadonlyArray<readonly [string, readonly Action[]]> => {
  const groups = new Map<string, Action[]>()
  for (const action of actions) {
    const group = groups.get(action.group) ?? []
    group.push(action)
    groups.set(action.group, group)
  }
  return [...groups]
}

/** Every word that was typed is somewhere in what is said of an action; one that begins with them comes first. */
function fits(_id: string, typed: string, said: string[] = []): number {
  const text = said.join(' ').toLowerCase()
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean)
  if (!words.every((word) => text.includes(word))) return 0
  return text.startsWith(typed.trim().toLowerCase()) ? 1 : 0.5
}

interface LineProps {
  action: Action
  /** Why it cannot be chosen. */
  why: string | undefined
  onRun(): void
}

const Line = ({ action, why, onRun }: LineProps) => (
  <Command.Item
    disabled={why !== undefined}
    className="flex min-h-control cursor-default items-center gap-3 rounded-1 px-3 text-sm data-[selected=true]:bg-hover"
    value={action.id}
    keywords={[action.label, action.group, action.also ?? '']}
    onSelect={onRun}
  >
    <span className={`min-w-0 flex-1 ${why === undefined ? '' : 'text-ink-3'}`}>{action.label}</span>
    {why && <span className="text-ink-3 fs-xs">{why}</span>}
    {action.keys && (
      <kbd className="rounded-1 border border-line-control bg-sunken px-1.5 font-ui text-[12px]/[20px]">
        {action.keys}
      </kbd>
    )}
  </Command.Item>
)

/** The next frame, in which the box is gone and the focus is where it was. */
const closed = (): Promise<unknown> => new Promise((resolve) => requestAnimationFrame(resolve))

/** Does everything that a button does, by its words. It closes when that is done, and says so when it is refused. */
export function Palette() {
  const feed = useFeed()
  // The list stays as it was when the palette opened, so that nothing moves while somebody chooses.
  const [groups] = useState(() => byGroup(allActions(feed)))
  const { problem } = useOverlay()
  async function run(action: Action) {
    // What opens beside its button needs the page: first this box goes, and comes back with what was refused.
    showOverlay('none')
    await closed()
    const words = await action.run()
    if (words) showOverlay('palette', `${action.label}: ${words}`)
  }
  return (
    <OverlayBox label="Command palette">
      <Command label="Command palette" filter={fits} loop className="flex max-h-[76vh] flex-col">
        <Command.Input
          className="h-control-lg flex-none border-b bg-transparent px-4 text-md outline-none placeholder:text-ink-3 focus-visible:shadow-none focus-visible:outline-none"
          placeholder="What do you want to do?"
        />
        {problem && <Refusal className="px-4 pt-2">{problem}</Refusal>}
        <Command.List className="min-h-0 flex-1 overflow-auto p-2">
          <Command.Empty className="px-3 py-4 text-ink-2 text-sm">Nothing here is called that.</Command.Empty>
          {groups.map(([group, actions]) => (
            <Command.Group
              key={group}
              heading={group}
              className="[&_[cmdk-group-heading]]:px-3 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-ink-2 [&_[cmdk-group-heading]]:text-xs"
            >
              {actions.map((action) => (
                <Line
                  key={action.id}
                  action={action}
                  why={whyNot(feed, action)}
                  onRun={() => void run(action)}
                />
              ))}
            </Command.Group>
          ))}
        </Command.List>
      </Command>
    </OverlayBox>
  )
}
