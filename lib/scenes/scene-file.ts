import { stringify } from 'yaml'
import { manifestOf } from '#lib/brokers/catalog.ts'
import { modeAt } from '#lib/brokers/mode-at.ts'
import { AppError } from '#lib/protocol/errors.ts'
import type { Settings } from '#lib/protocol/room.ts'
import { type Scene, type SceneDestination, sceneSchema } from '#lib/protocol/scene.ts'
import { type FileFault, faultAt, faultLine, readYaml } from '#lib/util/yaml-file.ts'
import { faultsOfScene } from './check-scene.ts'

const HEAD = '# A room of Switchboard: docs/scenes.md explains this file.\n'

/** Throws AppError `invalid` whose message names each fault with its line; `line` and `field` are those of the first. */
export function parseSceneFile(text: string): Scene {
  const file = readYaml(text, sceneSchema)
  if (!file.ok) throw invalid(file.faults)
  const faults = faultsOfScene(file.value).map(({ path, reason }) => faultAt(path, reason, file.lineOf))
  if (faults.length > 0) throw invalid(faults)
  return file.value
}

/** Throws AppError `invalid` where the manifests do not know what the scene asks for. */
export function requireScene(scene: Scene): Scene {
  const faults = faultsOfScene(scene)
  const [first] = faults
  if (first === undefined) return scene
  const message = faults.map(({ path, reason }) => `${path.join('.')}: ${reason}`).join('\n')
  throw new AppError('invalid', message, { detail: { field: first.path.join('.') } })
}

/** The file of a scene, without what would be the same if it were left out. */
export function writeSceneFile({ destinations, load }: Scene): string {
  const short = {
    destinations: destinations.map(withoutDefaults),
    ...(load.length > 0 ? { load } : {}),
  }
  return HEAD + stringify(short, { lineWidth: 0 })
}

/** A scene's destination with those settings only that differ from the defaults. */
export function withoutDefaults(destination: SceneDestination): SceneDestination {
  const { mode, settings = {}, consumers } = destination
  const found = modeAt(manifestOf(destination.system), { mode, settings })
  if (found === undefined) return destination
  const { settings: _settings, consumers: _consumers, ...rest } = destination
  return {
    ...rest,
    ...differing(settings, found.destinationSettings.safeParse({}).data),
    consumers: consumers.map(({ settings: chosen = {}, ...consumer }) => ({
      ...consumer,
      ...differing(chosen, found.consumerSettings.safeParse({}).data),
    })),
  }
}

function differing(settings: Settings, defaults: unknown): { settings?: Settings } {
  const same = new Map<string, unknown>(Object.entries(Object(defaults)))
  const chosen = Object.entries(settings).filter(([name, value]) => same.get(name) !== value)
  return chosen.length === 0 ? {} : { settings: Object.fromEntries(chosen) }
}

function invalid(faults: FileFault[]): AppError {
  const [first] = faults
  return new AppError('invalid', faults.map(faultLine).join('\n'), {
    ...(first === undefined ? {} : { detail: { line: first.line, field: first.path } }),
  })
}
