import { setMaxListeners } from 'node:events'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { catalog } from '#lib/brokers/catalog.ts'
import { createCommands } from '#lib/commands/commands.ts'
import { loadConfig } from '#lib/config/config.ts'
import { secretsIn } from '#lib/config/secrets.ts'
import { proxiedConnections } from '#lib/faults/consumer-proxy.ts'
import { createGateway } from '#lib/gateway/gateway.ts'
import { createSocketServer } from '#lib/gateway/socket-server.ts'
import { createHttpActors } from '#lib/http/http-actors.ts'
import { createOriginGuard } from '#lib/http/origin-guard.ts'
import { createRequestListener } from '#lib/http/request-listener.ts'
import { onParentGone } from '#lib/launcher/parent-process.ts'
import { createProgress } from '#lib/launcher/progress.ts'
import { createLessonLibrary } from '#lib/lessons/library.ts'
import { createLog } from '#lib/log/log.ts'
import { createMetrics } from '#lib/metrics/metrics.ts'
import { createRooms } from '#lib/rooms/rooms.ts'
import { setRuntime } from '#lib/runtime.ts'
import { rememberSecrets, withoutCredentials } from '#lib/util/credentials.ts'
import { createDeferred } from '#lib/util/deferred.ts'
import { createDisposer } from '#lib/util/disposer.ts'
import { startBrokers } from './server/brokers.ts'
import { addressOf, listen } from './server/listen.ts'
import { type Pages, preparePages } from './server/pages.ts'

/** The composition root: opens everything in order, and closes it in reverse. */

/** Everything this process started ends within this time of being asked; what is left then is cut off. */
const CLOSE_WITHIN_MS = 9_500
/** Requests under way may end by themselves for so long. */
const CUT_REQUESTS_AFTER_MS = 500

const { values: flags } = parseArgs({
  options: { keep: { type: 'boolean' }, 'no-install': { type: 'boolean' }, dev: { type: 'boolean' } },
})
const dev = flags.dev ?? false
Object.assign(process.env, { NODE_ENV: dev ? 'development' : 'production', NEXT_TELEMETRY_DISABLED: '1' })

const opened = createDisposer()
let isClosing = false
async function close(code: number): Promise<void> {
  // A second Ctrl-C does not wait.
  if (isClosing) process.exit(1)
  isClosing = true
  setTimeout(() => process.exit(1), CLOSE_WITHIN_MS)
  await opened
    .dispose()
    .catch((error: unknown) =>
      process.stderr.write(withoutCredentials(`closing left something behind: ${error}\n`)),
    )
  process.exit(code)
}

async function start(): Promise<void> {
  opened.add(rememberSecrets(secretsIn(process.env)))
  const config = loadConfig(process.env)
  const log = createLog(config.LOG_LEVEL)
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'a promise was left unhandled'))

  // The port first: the page answers as soon as it can, and a port that is taken is reported before anything is started.
  const ready = createDeferred<Pages>()
  let port = config.PORT
  const guard = createOriginGuard({ host: config.HOST, port: () => port, baseUrl: config.BASE_URL })
  const serve: Pages['serve'] = async (request, response) => (await ready.promise).serve(request, response)
  const http = createServer(createRequestListener({ guard, dev, log, serve }))
  port = await listen(http, { host: config.HOST, port })
  const address = addressOf({ host: config.HOST, port, baseUrl: config.BASE_URL })

  const progress = createProgress({ labels: Object.fromEntries(catalog.map(({ id, label }) => [id, label])) })
  opened.add(progress.close)
  const brokers = startBrokers({
    env: process.env,
    folder: join(import.meta.dirname, '.switchboard'),
    allowInstall: !flags['no-install'],
    keep: flags.keep ?? false,
    onReport: (report) => {
      progress.show(report)
      if (report.phase === 'up') void ready.promise.then(() => progress.pageReady(address))
    },
    log,
  })
  opened.add(brokers.close)
  const rooms = createRooms({ slots: brokers.slots, log })
  opened.add(() => rooms.close())

  const io = createSocketServer(http, (request) => guard.fault(request) === undefined)
  const lessons = createLessonLibrary(join(import.meta.dirname, 'lessons'))
  const commands = createCommands({ rooms, lessons, log })
  const gateway = createGateway({ io, rooms, commands, log })
  const metrics = await createMetrics({ rooms, sockets: () => gateway.sockets, proxied: proxiedConnections })
  const closing = new AbortController()
  // Every event stream listens; how many there may be is limited elsewhere.
  setMaxListeners(0, closing.signal)
  const actorOf = createHttpActors(rooms)
  setRuntime({ rooms, commands, actorOf, metrics: metrics.text, log, closing: closing.signal })
  opened.add(async () => {
    gateway.close()
    metrics.close()
    setTimeout(() => http.closeAllConnections(), CUT_REQUESTS_AFTER_MS)
    await io.close()
  })

  const pages = await preparePages({ dev, http, hostname: config.HOST, port })
  opened.add(pages.close)
  opened.add(() => closing.abort())
  ready.resolve(pages)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void close(0))
onParentGone(() => void close(0))
start().catch((error: unknown) => {
  process.stderr.write(withoutCredentials(`${error instanceof Error ? error.message : String(error)}\n`))
  void close(1)
})
