import { createServer } from 'node:http'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createAccess } from '#lib/access/access.ts'
import { createCallerOf } from '#lib/access/caller.ts'
import { createReservedNames } from '#lib/access/reserved-names.ts'
import { loadSecret } from '#lib/access/secret.ts'
import { catalog } from '#lib/brokers/catalog.ts'
import {
  basePathOf,
  baseUrlsOf,
  isShared,
  loadConfig,
  roomsFileOf,
  SHARE_DEFAULTS,
  trustedProxiesOf,
} from '#lib/config/config.ts'
import { secretsIn } from '#lib/config/secrets.ts'
import { createOriginGuard } from '#lib/http/origin-guard.ts'
import { createRequestListener } from '#lib/http/request-listener.ts'
import { onParentGone } from '#lib/launcher/parent-process.ts'
import { createProgress } from '#lib/launcher/progress.ts'
import { createLessonLibrary } from '#lib/lessons/library.ts'
import { createLog } from '#lib/log/log.ts'
import { createRooms } from '#lib/rooms/rooms.ts'
import { rememberSecrets, withoutCredentials } from '#lib/util/credentials.ts'
import { createDeferred } from '#lib/util/deferred.ts'
import { createDisposer } from '#lib/util/disposer.ts'
import { startBrokers } from './server/brokers.ts'
import { openDoors } from './server/doors.ts'
import { addressOf, listen } from './server/listen.ts'
import { type Pages, preparePages, requireBuiltFor } from './server/pages.ts'
import { sharedAddresses, sharingText } from './server/sharing.ts'

/** The composition root: opens everything in order, and closes it in reverse. */

/** Everything this process started ends within this time of being asked; what is left then is cut off. */
const CLOSE_WITHIN_MS = 9_500

const { values: flags } = parseArgs({
  options: {
    keep: { type: 'boolean' },
    'no-install': { type: 'boolean' },
    dev: { type: 'boolean' },
    share: { type: 'boolean' },
  },
})
const dev = flags.dev ?? false
Object.assign(process.env, { NODE_ENV: dev ? 'development' : 'production', NEXT_TELEMETRY_DISABLED: '1' })

/** What outlives the process: brokers’ data, and the secret of tokens. */
const FOLDER = join(import.meta.dirname, '.switchboard')

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
  const config = loadConfig(process.env, flags.share ? SHARE_DEFAULTS : {})
  const baseUrls = baseUrlsOf(config)
  const basePath = basePathOf(config)
  if (!dev) requireBuiltFor(basePath)
  const callerOf = createCallerOf(trustedProxiesOf(config))
  const sharing = isShared(config)
  const log = createLog(config.LOG_LEVEL)
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'a promise was left unhandled'))

  // The port first: the page answers as soon as it can, and a port that is taken is reported before anything is started.
  const ready = createDeferred<Pages>()
  let port = config.PORT
  const guard = createOriginGuard({ host: config.HOST, port: () => port, baseUrls, basePath, callerOf })
  const serve: Pages['serve'] = async (request, response) => (await ready.promise).serve(request, response)
  const http = createServer(createRequestListener({ guard, callerOf, basePath, dev, log, serve }))
  port = await listen(http, { host: config.HOST, port })
  const listening = { host: config.HOST, port, baseUrls }
  const secret = await loadSecret(FOLDER, log)

  const progress = createProgress({ labels: Object.fromEntries(catalog.map(({ id, label }) => [id, label])) })
  opened.add(progress.close)
  const brokers = startBrokers({
    env: process.env,
    folder: FOLDER,
    allowInstall: !flags['no-install'],
    keep: flags.keep ?? false,
    onReport: (report) => {
      progress.show(report)
      if (report.phase === 'up') void ready.promise.then(() => announce())
    },
    log,
  })
  opened.add(brokers.close)
  const names = createReservedNames()
  const rooms = createRooms({
    slots: brokers.slots,
    log,
    secret,
    names,
    file: roomsFileOf(config, join(FOLDER, `rooms-${port}.json`)),
  })
  opened.add(() => rooms.close())
  const access = createAccess({
    ...{ rooms, names, secret, sharing },
    addresses: () => sharedAddresses(listening),
  })
  const announce = async () =>
    progress.pageReady(addressOf(listening), sharing ? await sharingText(access) : undefined)

  const lessons = createLessonLibrary(join(import.meta.dirname, 'lessons'))
  const doors = await openDoors({ http, guard, callerOf, rooms, lessons, access, basePath, log })
  opened.add(doors.close)

  const pages = await preparePages({ dev, http, hostname: config.HOST, port })
  opened.add(pages.close)
  opened.add(doors.endStreams)
  ready.resolve(pages)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void close(0))
onParentGone(() => void close(0))
start().catch((error: unknown) => {
  process.stderr.write(withoutCredentials(`${error instanceof Error ? error.message : String(error)}\n`))
  void close(1)
})
