import type { Driver } from '#lib/brokers/contract.ts'
import { drivers } from '#lib/brokers/drivers.ts'
import type { LaunchReport } from '#lib/launcher/launch-report.ts'
import { createLauncher, type LauncherOptions } from '#lib/launcher/launcher.ts'
import type { Log } from '#lib/log/log.ts'
import { type LaunchStatus, LocalBrokerSlots } from '#lib/rooms/broker-slots.ts'
import type { BrokerSlots } from '#lib/rooms/contract.ts'
import { unreachable } from '#lib/util/unreachable.ts'

export interface BrokersOptions extends Pick<LauncherOptions, 'env' | 'folder' | 'allowInstall' | 'keep'> {
  log: Log
  /** Receives every step, for the terminal. */
  onReport(report: LaunchReport): void
}

/** The process's brokers: the launcher finds or starts them, then their drivers connect. */
export interface Brokers {
  slots: BrokerSlots
  /** Idempotent. Closes the drivers, then lets the launcher's brokers go. */
  close(): Promise<void>
}

/** From asking a driver to close until it is cut: most of the process's time to close is the brokers' own. */
const DRIVER_CLOSE_MS = 2_000

/** Begins at once and returns; a broker that cannot be had reports so in its slot and stops no other. */
export function startBrokers({ log, onReport, ...options }: BrokersOptions): Brokers {
  const clientName = `switchboard-${process.pid}`
  const opened = new Map<string, Driver>()
  let closing: Promise<void> | undefined
  const slots = new LocalBrokerSlots({
    retryLaunch: (system) => void launching.then(({ retry }) => retry(system)),
    makeFault: async (system, fault) => (await launching).fault(system, fault),
  })

  const connect = async ({ system, endpoint }: Extract<LaunchReport, { phase: 'up' }>) => {
    const { createDriver } = await serverSide(system)
    if (closing) return
    const { address, origin, ...named } = endpoint
    const driver = createDriver({ ...named, clientName, log: log.child({ system }) })
    const former = opened.get(system)
    opened.set(system, driver)
    slots.attachDriver(system, driver, { address, origin })
    driver.open()
    await former?.close(DRIVER_CLOSE_MS)
  }

  const follow = (report: LaunchReport) => {
    onReport(report)
    if (report.phase !== 'up') slots.report(report.system, launchStatusOf(report))
    else
      connect(report).catch((error: unknown) => {
        log.error({ err: error, system: report.system }, 'the driver could not be made')
        const text = error instanceof Error ? error.message : String(error)
        slots.report(report.system, { status: 'down', reason: { code: 'start-failed', text } })
      })
  }

  const launch = async () => {
    const recipes = await Promise.all(slots.systems.map(async (system) => (await serverSide(system)).recipe))
    const launcher = createLauncher({ ...options, recipes, log })
    launcher.onReport(follow)
    launcher.onFaults((system, faults) => slots.setFaults(system, faults))
    if (!closing) launcher.start()
    return launcher
  }
  const launching = launch()

  const close = async () => {
    await Promise.all([...opened.values()].map((driver) => driver.close(DRIVER_CLOSE_MS)))
    slots.close()
    await (await launching).close()
  }
  return {
    slots,
    close: () => {
      closing ??= close()
      return closing
    },
  }
}

function serverSide(system: string) {
  const load = drivers[system]
  if (!load) throw new Error(`there is no driver for ${system}`)
  return load()
}

/** What a screen shows of a step that is not yet a connection. */
function launchStatusOf(report: Exclude<LaunchReport, { phase: 'up' }>): LaunchStatus {
  switch (report.phase) {
    case 'looking':
    case 'installing':
    case 'starting':
      return { status: 'connecting', reason: { code: report.phase, text: report.what } }
    case 'failed':
      return { status: 'down', reason: report.reason, hints: report.hints }
    default:
      return unreachable(report)
  }
}
