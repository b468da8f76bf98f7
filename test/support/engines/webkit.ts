import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Builder, By, Capabilities, Key, until as soon, type WebDriver } from 'selenium-webdriver'
import { freePort } from '../dashboard.ts'
import { until } from '../until.ts'
import { APPEARS_WITHIN_MS, asRead, buttonPath, type Engine } from './engine.ts'

const DRIVER = '/usr/bin/WebKitWebDriver'
/** WebKitGTK has no headless mode: it draws on a display that nobody sees. */
const DISPLAY_SERVER = '/usr/bin/Xvfb'
const LIBRARIES = '/usr/lib'
/** What the browser writes of a console message of level error. */
const CONSOLE_ERROR = /CONSOLE (?:\w+ )*ERROR (.*)/g
/** Room around the page for the window's own frame and bars. */
const DISPLAY_SIZE = '2000x1400x24'

/** The small browser that WebKitGTK's driver drives: beside its library, in a folder with a version in its name. */
function findBrowser(): string {
  for (const machine of readdirSync(LIBRARIES).filter((name) => name.endsWith('-linux-gnu'))) {
    const folder = join(LIBRARIES, machine)
    const versions = readdirSync(folder).filter((name) => name.startsWith('webkit2gtk-'))
    const found = versions.map((name) => join(folder, name, 'MiniBrowser')).find(existsSync)
    if (found) return found
  }
  throw new Error(`no MiniBrowser of WebKitGTK below ${LIBRARIES}`)
}

/** Starts the display and says its name, which the server writes once it is ready. */
async function startDisplay(): Promise<{ process: ChildProcess; name: string }> {
  const display = spawn(
    DISPLAY_SERVER,
    ['-displayfd', '3', '-screen', '0', DISPLAY_SIZE, '-nolisten', 'tcp'],
    {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    },
  )
  const ready = display.stdio[3]
  if (!ready) throw new Error('Xvfb has no channel to say its number')
  const [number] = await once(ready, 'data')
  return { process: display, name: `:${String(number).trim()}` }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill()
  await ended
}

/** WebKitGTK, by its own driver on a display that nobody sees. Throws where it, or the display's server, is missing. */
export async function openWebKitEngine(): Promise<Engine> {
  for (const program of [DRIVER, DISPLAY_SERVER]) {
    if (!existsSync(program)) throw new Error(`no ${program}`)
  }
  const binary = findBrowser()
  const display = await startDisplay()
  const port = await freePort()
  let printed = ''
  const server = spawn(DRIVER, ['--host=127.0.0.1', `--port=${port}`], {
    env: {
      ...process.env,
      DISPLAY: display.name,
      GDK_BACKEND: 'x11',
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const stream of [server.stdout, server.stderr]) {
    stream.on('data', (data) => {
      printed += String(data)
    })
  }
  let driver: WebDriver | undefined
  const close = async () => {
    await driver?.quit().catch(() => undefined)
    driver = undefined
    await end(server)
    await end(display.process)
  }
  try {
    await until('WebKitWebDriver to listen', () =>
      fetch(`http://127.0.0.1:${port}/status`).then(
        ({ ok }) => ok,
        () => false,
      ),
    )
    const capabilities = new Capabilities({
      browserName: 'MiniBrowser',
      'webkitgtk:browserOptions': {
        binary,
        args: ['--automation', '--enable-write-console-messages-to-stdout=true'],
      },
    })
    driver = await new Builder()
      .usingServer(`http://127.0.0.1:${port}`)
      .withCapabilities(capabilities)
      .build()
  } catch (error) {
    await close()
    throw new Error(`WebKit did not start: ${printed}`, { cause: error })
  }
  const opened = driver
  return { name: 'WebKit', open: (size) => openPage(opened, size, () => printed), close }
}

async function openPage(driver: WebDriver, size: { width: number; height: number }, printed: () => string) {
  await driver
    .manage()
    .window()
    .setRect({ x: 0, y: 0, ...size })
  const find = (selector: string) => driver.wait(soon.elementLocated(By.css(selector)), APPEARS_WITHIN_MS)
  return {
    goto: (url: string) => driver.get(url),
    click: async (selector: string) => await (await find(selector)).click(),
    press: async (words: string) => {
      const path = By.xpath(buttonPath(words))
      await (await driver.wait(soon.elementLocated(path), APPEARS_WITHIN_MS)).click()
    },
    send: async (selector: string, text: string) => {
      const field = await find(selector)
      await field.click()
      await field.sendKeys(text, Key.ENTER)
    },
    words: async (selector: string) => {
      const [place] = await driver.findElements(By.css(selector))
      return asRead(await place?.getText())
    },
    picture: async () => Buffer.from(await driver.takeScreenshot(), 'base64'),
    faults: async () => Array.from(printed().matchAll(CONSOLE_ERROR), ([, words]) => words ?? ''),
  }
}
