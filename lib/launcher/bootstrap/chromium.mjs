import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { runQuietly } from './child-processes.mjs'
import { during, say } from './progress-line.mjs'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const ELSEWHERE = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

const onPath = (name) =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => folder !== '' && existsSync(join(folder, name)))

const isThere = () => NAMES.some(onPath) || ELSEWHERE.some(existsSync)

/** Debian's Chromium for the browser tests, where none is found. Never fails: those tests then say what they miss. */
export async function ensureChromium({ allowInstall }) {
  if (isThere()) return
  const isRoot = process.getuid?.() === 0
  const [command, ...first] = isRoot ? ['apt-get'] : ['sudo', '-n', 'apt-get']
  if (!allowInstall || !onPath('apt-get') || !onPath(command)) {
    say({
      tone: 'bad',
      part: 'chromium',
      phase: 'not found',
      text: 'the browser tests need it: sudo apt-get install chromium',
    })
    return
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  await during('chromium', 'installing', 'Debian package chromium, for the browser tests', async () => {
    await runQuietly(command, [...first, 'update'], { env })
    await runQuietly(command, [...first, 'install', '-y', '--no-install-recommends', 'chromium'], { env })
    return 'chromium is in place'
  }).catch((error) => process.stdout.write(`${error.output ?? ''}\n`))
}
