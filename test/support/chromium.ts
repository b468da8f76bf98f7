import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

/** Where systems put their own Chromium or Chrome; no browser is ever downloaded. */
const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** Quiet and alone: no sandbox (tests may run as root), no network of its own, no GPU on a machine without one. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** A Chromium of this test's own; its opener closes it. Throws where there is none: a missing browser fails a run. */
export async function openChromium(extraFlags: readonly string[] = []): Promise<Browser> {
  const executablePath = PLACES.find(existsSync)
  if (!executablePath) throw new Error(`no Chromium at ${PLACES.join(', ')}`)
  return await chromium.launch({ executablePath, args: [...FLAGS, ...extraFlags] })
}
