import type { FlowConsumer, FlowLane, FlowScene } from '#components/flow/scene.ts'
import { manifestOf } from '#lib/brokers/catalog.ts'
import type { Drawing } from '#lib/brokers/contract.ts'
import type { Mode } from '#lib/protocol/names.ts'

/** Scenes for tests of the layout and of motion. */
export const aConsumer = (name: string, more: Partial<FlowConsumer> = {}): FlowConsumer => ({
  id: name,
  name,
  group: null,
  state: 'attached',
  partitions: [],
  rebalancing: false,
  readsDeadLetters: false,
  ...more,
})

export function aLane(
  system: string,
  mode: Mode,
  store: Drawing['store'],
  more: Partial<FlowLane> = {},
): FlowLane {
  const manifest = manifestOf(system)
  const modeManifest = manifest?.modes[mode]
  if (!manifest || !modeManifest) throw new Error(`${system} has no ${mode}`)
  return {
    key: `${system}/place`,
    ref: { manifest, mode, modeManifest, destination: 'place', settings: {} },
    entry: modeManifest.drawing.entry,
    store,
    consumers: [aConsumer('one'), aConsumer('two')],
    partitions: store === 'log' ? [0, 1, 2] : [],
    hasDeadLetters: false,
    ...more,
  }
}

const producer = { note: null, you: false, colour: null, names: [] }

export const aScene = (more: Partial<FlowScene> = {}): FlowScene => ({
  producers: [
    { ...producer, id: 'ada', label: 'Ada', you: true, colour: 0, names: ['Ada'] },
    { ...producer, id: 'programs', label: 'Programs' },
  ],
  lanes: [
    aLane('rabbitmq', 'queue', 'queue'),
    aLane('redis', 'fanout', 'wire'),
    aLane('kafka', 'log', 'log'),
  ],
  empty: [],
  ...more,
})
