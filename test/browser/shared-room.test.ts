import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { violations } from '#test/support/axe.ts'
import { openDesk, type TestDesk } from '#test/support/browser.ts'
import { presenterPath } from '#test/support/presenter-link.ts'
import { until } from '#test/support/until.ts'

/** A shared dashboard in browsers: what people without a token, and people who came by a code, see of a room. */

let desk: TestDesk
beforeAll(async () => {
  desk = await openDesk({}, { SHARE: 'on' })
}, 120_000)
afterEach(() => desk.tidy())
afterAll(() => desk?.close())

const LESSON = 'crash-a-worker'
const PHONE = { width: 390, height: 844 }
const PROJECTOR = { width: 1920, height: 1080 }

async function presenterPage(): Promise<Page> {
  const page = await desk.page()
  await page.goto(`${desk.dashboard.url}${await presenterPath(desk.dashboard)}`)
  await page.getByRole('button', { name: /: all rooms$/ }).waitFor()
  return page
}

/** By code and name, on whatever page asks for them. */
async function enter(page: Page, code: string, name: string): Promise<void> {
  await page.getByRole('textbox', { name: /code/i }).fill(code)
  await page.getByRole('textbox', { name: /^Your name/ }).fill(name)
  await page.getByRole('button', { name: 'Join' }).click()
}

/** In both themes, on a phone and on a projector. */
async function expectNoViolation(page: Page): Promise<void> {
  for (const viewport of [PHONE, PROJECTOR]) {
    await page.setViewportSize(viewport)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      const where = `${colorScheme}, ${viewport.width} px`
      expect(await violations(page, { coloursOnly: colorScheme === 'dark' }), where).toEqual([])
    }
  }
  await page.emulateMedia({ colorScheme: 'light' })
}

test('a stage without a token asks for the code and is the stage then; who came by a code sees what they may not do, and why', async () => {
  const presenter = await presenterPage()
  await presenter.goto(`${desk.dashboard.url}/?lesson=${LESSON}`)
  await presenter.getByRole('complementary', { name: 'Lesson: Crash a worker' }).waitFor()
  const room = new URL(presenter.url()).pathname.split('/').at(-1)
  const code = await until('the code', () =>
    presenter.evaluate(async (path) => {
      const { code } = (await (await fetch(path)).json()) as { code?: string }
      return code
    }, `/api/rooms/${room}/share`),
  )

  const person = await desk.page()
  await person.goto(`${desk.dashboard.url}/r/${room}/stage`)
  await person.getByRole('heading', { name: 'Join the room' }).waitFor()
  await expectNoViolation(person)
  await enter(person, code, 'Mei')
  await person.getByRole('main', { name: 'Seat map' }).waitFor()

  await person.goto(`${desk.dashboard.url}/r/${room}`)
  const panel = person.getByRole('complementary', { name: 'Lesson: Crash a worker' })
  const next = panel.getByRole('button', { name: 'Next' })
  await next.waitFor()
  await until('it to be disabled', () => next.isDisabled())
  expect(await next.getAttribute('title')).toBe('Only a presenter may do that')
  await person.keyboard.press('PageDown')
  await panel.getByText('Only a presenter may do that').waitFor()
  await person.keyboard.press('Shift+R')
  await person.getByText('Reset this room: Only a presenter may do that').waitFor()
  await person.getByRole('combobox').fill('crash worker-1')
  const item = person.getByRole('option', { name: /Crash worker-1/ })
  expect(await item.getAttribute('aria-disabled')).toBe('true')
  await person.keyboard.press('Escape')
  await person.getByRole('button', { name: /: all rooms$/ }).click()
  await until('the menu', () => person.getByRole('button', { name: /^Reset this room/ }).isDisabled())
  await person.locator(':popover-open').getByRole('button', { name: 'Share this room' }).click()
  await person.locator('[data-part="join-code"]').waitFor()
  await person.keyboard.press('Escape')

  await presenter.getByRole('button', { name: /\d here/ }).click()
  await presenter.getByRole('button', { name: 'Remove Mei' }).click()
  await presenter.getByRole('button', { name: 'Remove Mei for good' }).click()
  await person.getByRole('heading', { name: 'You are not in this room any more' }).waitFor()
  await expectNoViolation(person)
  await presenter.evaluate((path) => fetch(path, { method: 'DELETE' }), `/api/rooms/${room}`)
})
