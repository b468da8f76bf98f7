import { manifestOf } from '#lib/brokers/catalog.ts'
import type { ModeManifest } from '#lib/brokers/contract.ts'
import { modeAt } from '#lib/brokers/mode-at.ts'
import type { Settings } from '#lib/protocol/room.ts'
import type { Scene, SceneDestination } from '#lib/protocol/scene.ts'
import type { FilePath } from '#lib/util/yaml-file.ts'

export interface SceneFault {
  path: FilePath
  reason: string
}

/**
 * What only the manifests know of a scene that its schema has accepted: systems, modes, settings, groups, and names
 * given twice.
 */
export function faultsOfScene({ destinations, load }: Scene): SceneFault[] {
  const named = new Set<string>()
  const faults = destinations.flatMap((destination, index) => {
    const path = ['destinations', index]
    const id = `${destination.system}:${destination.name}`
    const twice = named.has(id) ? [{ path: [...path, 'name'], reason: `there are two ${id}` }] : []
    named.add(id)
    return [...twice, ...faultsOfDestination(destination, path)]
  })
  const lost = load.flatMap(({ system, destination }, index) => {
    const found = destinations.some(
      (one) => one.system === system && (destination === undefined || one.name === destination),
    )
    const reason = `there is no ${destination ?? 'destination'} on ${system} in this scene`
    return found ? [] : [{ path: ['load', index], reason }]
  })
  return [...faults, ...lost]
}

function faultsOfDestination(destination: SceneDestination, path: FilePath): SceneFault[] {
  const { system, mode, settings = {}, consumers } = destination
  const manifest = manifestOf(system)
  if (manifest === undefined) return [{ path: [...path, 'system'], reason: `there is no system "${system}"` }]
  const found = modeAt(manifest, { mode, settings })
  if (found === undefined) {
    return [{ path: [...path, 'mode'], reason: `${manifest.label} has no destinations of mode ${mode}` }]
  }
  const named = new Set<string>()
  return [
    ...faultsOfSettings(found.destinationSettings, settings, [...path, 'settings']),
    ...consumers.flatMap((consumer, index) => {
      const at = [...path, 'consumers', index]
      const twice = named.has(consumer.name)
      named.add(consumer.name)
      return [
        ...(twice ? [{ path: [...at, 'name'], reason: `there are two consumers ${consumer.name}` }] : []),
        ...faultsOfConsumer(found, consumer, at),
      ]
    }),
  ]
}

/** What is wrong with one consumer on a destination of this mode. */
export function faultsOfConsumer(
  mode: ModeManifest,
  { group, settings = {} }: { group?: string | undefined; settings?: Settings | undefined },
  path: FilePath,
): SceneFault[] {
  const faults = faultsOfSettings(mode.consumerSettings, settings, [...path, 'settings'])
  if (group !== undefined && !mode.can.groups) {
    faults.push({ path: [...path, 'group'], reason: mode.lacks.groups ?? 'there are no groups here' })
  }
  if (settings.reads === 'dead-letters' && !mode.can.deadLetters) {
    const reason = mode.lacks.deadLetters ?? 'there are no dead letters here'
    faults.push({ path: [...path, 'settings', 'reads'], reason })
  }
  return faults
}

/** A form offers only what there is; a file can name what does not exist. */
export function faultsOfSettings(
  schema: ModeManifest['consumerSettings'],
  settings: Settings,
  path: FilePath,
): SceneFault[] {
  const parsed = schema.safeParse(settings)
  if (!parsed.success) {
    return parsed.error.issues.map((issue) => ({
      path: [...path, ...issue.path.map(String)],
      reason: issue.message,
    }))
  }
  const known = new Set(Object.keys(Object(parsed.data)))
  return Object.keys(settings)
    .filter((name) => !known.has(name))
    .map((name) => ({ path: [...path, name], reason: `there is no setting "${name}" here` }))
}
