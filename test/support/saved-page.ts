import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { uniqueName } from './brokers.ts'

/** Saves what is played as a page; answers where it lies. */
export async function saveAsPage(page: Page): Promise<string> {
  const [saved] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save as a page' }).click(),
  ])
  const path = join(tmpdir(), `${uniqueName('page')}.html`)
  await saved.saveAs(path)
  return path
}

/** Opens a saved page from its file, in a browser that reaches no network. */
export async function openOffline(browser: Browser, path: string, options: BrowserContextOptions = {}) {
  const context = await browser.newContext({ offline: true, ...options })
  const offline = await context.newPage()
  const faults: string[] = []
  offline.on('console', (message) => message.type() === 'error' && faults.push(message.text()))
  offline.on('pageerror', (error) => faults.push(error.message))
  await offline.goto(`file://${path}`)
  const verdict = (label: string) => offline.locator(`section[data-lane^="${label} "] [data-part="verdict"]`)
  return { offline, faults, verdict }
}
