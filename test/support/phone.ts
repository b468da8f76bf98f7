import type { Page } from 'playwright-core'
import type { TestDesk } from './browser.ts'

/** A phone that has joined a room. */
export interface TestPhone {
  page: Page
  /** What the page logged as an error, and what it threw. */
  faults: string[]
  end(): Promise<void>
}

/** Opens the link of a QR code on a phone of its own, and joins; where people choose where they sit, `takeSeat` does. */
export async function joinByPhone(
  desk: TestDesk,
  room: string,
  name: string,
  takeSeat: (page: Page) => Promise<void> = async () => {},
): Promise<TestPhone> {
  const answer = await desk.dashboard.request('GET', `/api/rooms/${room}/share`)
  const { code } = (await answer.json()) as { code: string }
  const context = await desk.browser.newContext({
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true,
  })
  const page = await context.newPage()
  const faults: string[] = []
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()))
  page.on('pageerror', (error) => faults.push(error.message))
  await page.goto(`${desk.dashboard.url}/join/${code}`)
  await page.getByLabel('Your name').fill(name)
  await page.getByRole('button', { name: 'Join' }).tap()
  await takeSeat(page)
  await page.getByText(/^(You are|In this lesson you play)$/).waitFor()
  return { page, faults, end: () => context.close() }
}
