import { existsSync } from 'node:fs'
import puppeteer from 'puppeteer-core'
import { APPEARS_WITHIN_MS, asRead, buttonPath, type Engine } from './engine.ts'

/** Where systems put their own Firefox; no browser is ever downloaded. */
const PLACES = [
  '/usr/bin/firefox-esr',
  '/usr/bin/firefox',
  '/Applications/Firefox.app/Contents/MacOS/firefox',
]

/** The system's Firefox, over WebDriver BiDi. Throws where there is none. */
export async function openFirefoxEngine(): Promise<Engine> {
  const executablePath = PLACES.find(existsSync)
  if (!executablePath) throw new Error(`no Firefox at ${PLACES.join(', ')}`)
  const browser = await puppeteer.launch({ browser: 'firefox', executablePath, headless: true })
  return {
    name: 'Firefox',
    open: async (viewport) => {
      const page = await browser.newPage()
      await page.setViewport(viewport)
      page.setDefaultTimeout(APPEARS_WITHIN_MS)
      const faults: string[] = []
      page.on('console', (message) => {
        if (message.type() === 'error') faults.push(message.text())
      })
      page.on('pageerror', (error) => faults.push(String(error)))
      return {
        goto: async (url) => void (await page.goto(url)),
        click: (selector) => page.locator(selector).click(),
        press: (words) => page.locator(`::-p-xpath(${buttonPath(words)})`).click(),
        send: async (selector, text) => {
          await page.locator(selector).click()
          await page.keyboard.type(text)
          await page.keyboard.press('Enter')
        },
        words: async (selector) => {
          const [place] = await page.$$(selector)
          // biome-ignore lint/performance/useDomNodeTextContent: what is not shown must not count as read
          return asRead(await place?.evaluate((element) => (element as HTMLElement).innerText))
        },
        picture: async () => Buffer.from(await page.screenshot()),
        faults: async () => [...faults],
      }
    },
    close: () => browser.close(),
  }
}
