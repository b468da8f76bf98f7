import { join, resolve } from 'node:path'
import type { Environment } from '#lib/brokers/environment.ts'
import type { Recipe } from '#lib/brokers/recipe.ts'
import { AppError } from '#lib/protocol/errors.ts'
import type { BrokerFaults } from '#lib/protocol/faults.ts'
import type { SystemId } from '#lib/protocol/names.ts'
import { createSignal } from '#lib/util/emitter.ts'
import { once } from '#lib/util/once.ts'
import { type BrokerLaunch, createBrokerLaunch } from './broker-launch.ts'
import type { Launcher, LaunchReport } from './launch-report.ts'

/** An installation may be under way: it is left to end by itself, for half a package would be worse. */
const CLOSE_WITHIN_MS = 10_000

export interface LauncherOptions {
  recipes: readonly Recipe[]
  /** Where URLs of running brokers are looked for. */
  env: Environment
  /** Everything it starts keeps its files below; dashboards that name the same folder share their brokers. */
  folder: string
  /** Logs every report. */
  log?: { debug(fields: object, text: string): void }
  /** False: never change the machine. */
  allowInstall?: boolean
  /** True: brokers started here outlive the dashboard. */
  keep?: boolean
}

/**
 * Finds or starts the brokers, all side by side; one that can't be had never delays the others. Whoever creates it closes
 * it; when the process is killed instead, its brokers end within a second or two, for their supervisors count live users.
 */
export function createLauncher(options: LauncherOptions): Launcher {
  const { recipes, env, allowInstall = true, keep = false, log } = options
  const root = resolve(options.folder)
  const reports = createSignal<LaunchReport>()
  const emit = (report: LaunchReport) => {
    // An endpoint holds credentials.
    const logged = report.phase === 'up' ? { ...report, endpoint: report.endpoint.address } : report
    log?.debug({ ...logged }, `${report.system}: ${report.phase}`)
    reports.emit(report)
  }
  const faults = createSignal<{ system: SystemId; faults: BrokerFaults }>()
  const launches = new Map<string, BrokerLaunch>(
    recipes.map((recipe) => [
      recipe.system,
      createBrokerLaunch({
        ...{ recipe, env, folder: join(root, recipe.system), allowInstall, keep, emit },
        emitFaults: (now) => faults.emit({ system: recipe.system, faults: now }),
      }),
    ]),
  )

  const closeAll = async () => {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((done) => {
      timer = setTimeout(done, CLOSE_WITHIN_MS)
    })
    const closed = Promise.all([...launches.values()].map((launch) => launch.close()))
    await Promise.race([closed, late])
    clearTimeout(timer)
    reports.clear()
    faults.clear()
  }
  return {
    start: () => {
      for (const launch of launches.values()) launch.start()
    },
    onReport: reports.on,
    onFaults: (listener) => faults.on(({ system, faults: now }) => listener(system, now)),
    fault: async (system, fault) => {
      const launch = launches.get(system)
      if (launch === undefined) throw new AppError('system-not-found', `there is no system "${system}"`)
      await launch.fault(fault)
    },
    retry: (system) => launches.get(system)?.retry(),
    close: once(closeAll),
  }
}
