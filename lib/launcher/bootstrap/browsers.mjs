import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { runQuietly } from './child-processes.mjs'
import { during, say } from './progress-line.mjs'

const onPath = (name) =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => folder !== '' && existsSync(join(folder, name)))

const isAnywhere = (names, elsewhere) => names.some(onPath) || elsewhere.some(existsSync)

/** Each browser that tests drive: whether it is there, and the Debian packages that bring it. */
const BROWSERS = {
  chromium: {
    packages: ['chromium'],
    isThere: () =>
      isAnywhere(
        ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
        [
          '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
          '/Applications/Chromium.app/Contents/MacOS/Chromium',
        ],
      ),
  },
  firefox: {
    packages: ['firefox-esr'],
    isThere: () =>
      isAnywhere(['firefox-esr', 'firefox'], ['/Applications/Firefox.app/Contents/MacOS/firefox']),
  },
  webkit: {
    packages: ['webkit2gtk-driver', 'xvfb'],
    isThere: () => onPath('WebKitWebDriver') && onPath('Xvfb'),
  },
}

/**
 * Debian's packages of the browsers that are not found. Never fails: the tests that need one then say what they miss.
 *
 * @param {ReadonlyArray<keyof typeof BROWSERS>} names
 */
export async function ensureBrowsers(names, { allowInstall }) {
  for (const name of names) if (!BROWSERS[name].isThere()) await install(name, allowInstall)
}

async function install(name, allowInstall) {
  const { packages } = BROWSERS[name]
  const isRoot = process.getuid?.() === 0
  const [command, ...first] = isRoot ? ['apt-get'] : ['sudo', '-n', 'apt-get']
  if (!allowInstall || !onPath('apt-get') || !onPath(command)) {
    say({
      tone: 'bad',
      part: name,
      phase: 'not found',
      text: `the browser tests need it: sudo apt-get install ${packages.join(' ')}`,
    })
    return
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const what = `for the browser tests, of Debian's packages: ${packages.join(', ')}`
  await during(name, 'installing', what, async () => {
    await runQuietly(command, [...first, 'update'], { env })
    await runQuietly(command, [...first, 'install', '-y', '--no-install-recommends', ...packages], { env })
    return `${name} is in place`
  }).catch((error) => process.stdout.write(`${error.output ?? ''}\n`))
}
