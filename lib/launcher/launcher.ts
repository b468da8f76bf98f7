import { join, resolve } from 'node:path'
import type { Environment, Recipe } from '#lib/brokers/recipe.ts'
import { createSignal } from '#lib/util/emitter.ts'
import { createLane, type Lane } from './lane.ts'
import type { Launcher, LaunchReport } from './report.ts'

/** Installing may be under way: it is left to end by itself, for nothing is worse than half a package. */
const CLOSE_WITHIN_MS = 10_000

export interface LauncherOptions {
  recipes: readonly Recipe[]
  /** Where URLs of running brokers are looked for. */
  env: Environment
  /** Everything it starts keeps its files below; dashboards that name the same folder share their brokers. */
  folder: string
  /** Told everything that is reported, for the log. */
  log?: { debug(fields: object, text: string): void }
  /** False: never change the machine. */
  allowInstall?: boolean
  /** True: brokers started here outlive the dashboard. */
  keep?: boolean
}

/**
 * Finds or starts the brokers, all side by side; one that can't be had never holds up the others. Whoever creates it
 * closes it; if that never happens because the process is killed, its brokers end by themselves within a second or two
 * (their keepers count live users).
 */
export function createLauncher(options: LauncherOptions): Launcher {
  const { recipes, env, allowInstall = true, keep = false, log } = options
  const root = resolve(options.folder)
  const reports = createSignal<LaunchReport>()
  const emit = (report: LaunchReport) => {
    log?.debug({ ...report }, `${report.system}: ${report.phase}`)
    reports.emit(report)
  }
  const lanes = new Map<string, Lane>(
    recipes.map((recipe) => [
      recipe.system,
      createLane({ recipe, env, folder: join(root, recipe.system), allowInstall, keep, emit }),
    ]),
  )

  const closeAll = async () => {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((done) => {
      timer = setTimeout(done, CLOSE_WITHIN_MS)
    })
    const closed = Promise.all([...lanes.values()].map((lane) => lane.close()))
    await Promise.race([closed, late])
    clearTimeout(timer)
    reports.clear()
  }
  let closing: Promise<void> | undefined
  return {
    start: () => {
      for (const lane of lanes.values()) lane.start()
    },
    onReport: reports.on,
    retry: (system) => lanes.get(system)?.retry(),
    close: () => {
      closing ??= closeAll()
      return closing
    },
  }
}
