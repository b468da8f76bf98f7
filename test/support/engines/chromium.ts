import { openChromium } from '../chromium.ts'
import { APPEARS_WITHIN_MS, asRead, buttonPath, type Engine } from './engine.ts'

/** Debian's Chromium, through playwright-core as in all other tests. Throws where there is none. */
export async function openChromiumEngine(): Promise<Engine> {
  const browser = await openChromium()
  return {
    name: 'Chromium',
    open: async (viewport) => {
      const page = await browser.newPage({ viewport })
      page.setDefaultTimeout(APPEARS_WITHIN_MS)
      const faults: string[] = []
      page.on('console', (message) => {
        const isIcon = message.location().url.endsWith('/favicon.ico')
        if (message.type() === 'error' && !isIcon) faults.push(message.text())
      })
      page.on('pageerror', (error) => faults.push(error.message))
      return {
        goto: async (url) => void (await page.goto(url)),
        click: (selector) => page.locator(selector).click(),
        press: (words) =>
          page
            .locator(`xpath=${buttonPath(words)}`)
            .first()
            .click(),
        send: async (selector, text) => {
          await page.locator(selector).click()
          await page.keyboard.type(text)
          await page.keyboard.press('Enter')
        },
        words: async (selector) => {
          const place = page.locator(selector)
          return (await place.count()) === 0 ? '' : asRead(await place.first().innerText())
        },
        picture: () => page.screenshot(),
        faults: async () => [...faults],
      }
    },
    close: () => browser.close(),
  }
}
