import type { Feed } from '#lib/feed/feed.ts'
import { destinationId, type Mode, modeSchema } from '#lib/protocol/names.ts'
import { laneChoice } from '../feed/lane-choice.ts'
import { type LaneRef, laneRefs } from '../feed/lane-ref.ts'
import {
  addDeadLetterReader,
  addNextConsumer,
  lacksDeadLetterReader,
  nextConsumerName,
} from '../send/add-next.ts'
import { BURST_SIZE } from '../send/burst.tsx'
import { MODE_LABEL } from '../ui/look.ts'
import { type Action, always, focusField, press } from './action.ts'
import { poisonActions } from './fault-actions.ts'

/** Chooses a lane's mode by its own switch, which makes a destination where there is none yet. */
async function chooseMode(lane: LaneRef, mode: Mode): Promise<string> {
  const marks = document.querySelector(
    `[role="radiogroup"][aria-label="Mode for ${CSS.escape(lane.manifest.label)}"]`,
  )
  const mark = marks?.querySelector<HTMLElement>(`[data-mode="${mode}"]`)
  mark?.click()
  return mark ? '' : 'The lane is not on the screen now: show the Panes view.'
}

/** Presses the number of what is kept, in the lane or in the Matrix's foot. */
function openKept(system: string, destination: string): string {
  const id = CSS.escape(destinationId(system, destination))
  const buttons = [...document.querySelectorAll<HTMLElement>(`[data-keeps="${id}"] > button`)]
  const button = buttons.find((one) => one.getClientRects().length > 0)
  button?.focus()
  button?.click()
  return button ? '' : 'Its number is not on the screen now: show the Panes or the Matrix.'
}

const modeActions = (feed: Feed, lane: LaneRef, group: string): Action[] =>
  modeSchema.options
    .filter((mode) => mode !== lane.mode && lane.manifest.modes[mode] !== undefined)
    .map((mode) => ({
      id: `${group}-mode-${mode}`,
      group,
      label: `Show a ${MODE_LABEL[mode].toLowerCase()} on ${lane.manifest.label}`,
      also: 'mode switch',
      needs: laneChoice.among(lane.manifest.id, feed.views.destinations, mode) ? null : 'destination:add',
      run: () => chooseMode(lane, mode),
    }))

const destinationActions = (feed: Feed, { manifest, destination }: LaneRef, group: string): Action[] =>
  feed.views.destinations
    .filter(({ system, name }) => system === manifest.id && name !== destination)
    .map(({ name }) => ({
      id: `${group}-show-${name}`,
      group,
      label: `Show ${name} on ${manifest.label}`,
      also: 'destination',
      needs: null,
      run: always(() => laneChoice.choose(manifest.id, name)),
    }))

function ownActions(feed: Feed, lane: LaneRef, group: string): Action[] {
  const { manifest, modeManifest, destination } = lane
  const { label } = manifest
  const act = (id: string, words: string, needs: Action['needs'], run: Action['run'], also = ''): Action => ({
    id: `${group}-${id}`,
    group,
    label: words,
    also,
    needs,
    run,
  })
  return [
    act(
      'write',
      `Write to ${label}`,
      'message:publish',
      () => focusField(`Message to ${label}`),
      'message send',
    ),
    act(
      'add',
      `Add ${nextConsumerName(feed, lane)} to ${label}`,
      'consumer:add',
      () => addNextConsumer(feed, lane),
      modeManifest.consumerNoun,
    ),
    act('burst', `Send a burst of ${BURST_SIZE} to ${label}`, 'message:publish', () =>
      press(`Send a burst of ${BURST_SIZE} to ${label}`),
    ),
    act('load', `Load on ${label}`, 'load:start', () => press(`Load on ${label}`), 'many messages rate'),
    ...(lacksDeadLetterReader(lane, feed.views.destination(manifest.id, destination))
      ? [
          act('dead', `Add dead-letter reader to ${label}`, 'consumer:add', () =>
            addDeadLetterReader(feed, lane),
          ),
        ]
      : []),
    act(
      'destination',
      `Destinations and settings on ${label}`,
      null,
      () => press(`Destination on ${label}: ${destination}`),
      'add remove change',
    ),
    act(
      'more',
      `More from ${label} about ${destination}`,
      null,
      () => press(`More from ${label} about ${destination}`),
      'facts broker',
    ),
  ]
}

function browseActions({ manifest, modeManifest, destination }: LaneRef, group: string): Action[] {
  if (!modeManifest.can.browse) return []
  return [
    {
      id: `${group}-browse`,
      group,
      label: `Look at what ${manifest.label} keeps of ${destination}`,
      also: 'browse kept messages stored',
      needs: 'destination:browse',
      run: async () => openKept(manifest.id, destination),
    },
  ]
}

/** What is done with each lane. */
export const laneActions = (feed: Feed): Action[] =>
  laneRefs(feed).flatMap((lane) => {
    const group = `${lane.manifest.label} ${lane.destination}`
    return [
      ...ownActions(feed, lane, group),
      ...browseActions(lane, group),
      ...poisonActions(feed, lane),
      ...modeActions(feed, lane, group),
      ...destinationActions(feed, lane, group),
    ]
  })
