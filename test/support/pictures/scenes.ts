import type { Page } from 'playwright-core'
import { recordingPath } from './scripted-rooms.ts'

export type Size = 'wide' | 'small' | 'phone'
export const SIZES: Record<Size, { width: number; height: number }> = {
  wide: { width: 1600, height: 1000 },
  small: { width: 1280, height: 720 },
  phone: { width: 390, height: 844 },
}
export type Theme = 'light' | 'dark'

/** One state of a page. Its steps use roles and accessible names only, so that they hold for any version of it. */
export interface Scene {
  name: string
  /** The scripted room it shows; null for a page without a room. */
  room: string | null
  path: string
  sizes: readonly Size[]
  themes: readonly Theme[]
  steps?(page: Page, size: Size): Promise<void>
}

const ALL_SIZES: readonly Size[] = ['wide', 'small', 'phone']
const BOTH_THEMES: readonly Theme[] = ['light', 'dark']

type Steps = Scene['steps']

const room = (name: string, roomName: string, view = '', steps?: Steps): Scene => ({
  name,
  room: roomName,
  path: `/r/${roomName}${view === '' ? '' : `#${view}`}`,
  sizes: ALL_SIZES,
  themes: BOTH_THEMES,
  ...(steps ? { steps } : {}),
})

/** A state whose colours and narrow form other scenes show already. */
const once = (scene: Scene): Scene => ({ ...scene, sizes: ['wide', 'small'], themes: ['light'] })
const lightOnly = (scene: Scene): Scene => ({ ...scene, themes: ['light'] })

const press =
  (name: string | RegExp): NonNullable<Steps> =>
  (page) =>
    page.getByRole('button', { name }).filter({ visible: true }).first().click()

const key =
  (pressed: string): NonNullable<Steps> =>
  (page) =>
    page.keyboard.press(pressed)

/** On a phone one lane is seen at a time. */
const lane =
  (label: string, then: NonNullable<Steps>): NonNullable<Steps> =>
  async (page, size) => {
    const tabs = page.getByRole('navigation', { name: 'Lanes' })
    if (size === 'phone') await tabs.getByRole('button', { name: new RegExp(`^${label}`) }).click()
    await then(page, size)
  }

const chooseDestination = async (page: Page, system: string, name: string, size: Size): Promise<void> => {
  await lane(system, press(new RegExp(`^Destination on ${system}`)))(page, size)
  await page
    .getByRole('list', { name: `Destinations on ${system}` })
    .getByText(name, { exact: true })
    .click()
}

const openPlayer =
  (fraction: number): NonNullable<Steps> =>
  async (page) => {
    await page.locator('input[type=file]').setInputFiles(recordingPath('workshop'))
    const slider = page.getByRole('slider', { name: 'Moment of the recording' })
    await slider.waitFor()
    const [min, max] = await Promise.all([slider.getAttribute('min'), slider.getAttribute('max')])
    const from = Number(min ?? 0)
    await slider.fill(String(Math.round(from + (Number(max ?? 0) - from) * fraction)))
  }

const play = (name: string, view: string, fraction: number): Scene => ({
  name,
  room: null,
  path: `/play${view}`,
  sizes: ALL_SIZES,
  themes: BOTH_THEMES,
  steps: openPlayer(fraction),
})

const VIEWS: readonly Scene[] = [
  room('panes', 'workshop'),
  room('matrix', 'workshop', 'matrix'),
  room('flow', 'workshop', 'flow'),
  room('timeline', 'workshop', 'timeline'),
  room('panes-quiet', 'quiet'),
  lightOnly(room('matrix-quiet', 'quiet', 'matrix')),
  lightOnly(room('flow-quiet', 'quiet', 'flow')),
  lightOnly(room('timeline-quiet', 'quiet', 'timeline')),
  lightOnly(room('panes-nobody', 'nobody')),
  lightOnly(room('panes-silent', 'silent')),
  room('panes-away', 'away'),
  lightOnly(room('matrix-away', 'away', 'matrix')),
  lightOnly(room('flow-away', 'away', 'flow')),
  lightOnly(room('timeline-away', 'away', 'timeline')),
  lightOnly(room('no-room', 'nowhere')),
  ...['RabbitMQ', 'Redis', 'Kafka'].map((label) => ({
    ...lightOnly(
      room(
        `panes-phone-${label}`,
        'away',
        '',
        lane(label, async () => undefined),
      ),
    ),
    sizes: ['phone'] as const,
  })),
]

const BY_HAND: readonly Scene[] = [
  room('by-hand', 'by-hand', '', async (page, size) => {
    await chooseDestination(page, 'Kafka', 'news', size)
    await chooseDestination(page, 'Redis', 'tasks', size)
    await chooseDestination(page, 'RabbitMQ', 'jobs', size)
  }),
  lightOnly(
    room('by-hand-other-modes', 'by-hand', '', async (page, size) => {
      await chooseDestination(page, 'RabbitMQ', 'alerts', size)
      await chooseDestination(page, 'Redis', 'journal', size)
    }),
  ),
  once(
    room('by-hand-unacked', 'by-hand', '', async (page, size) => {
      await chooseDestination(page, 'RabbitMQ', 'jobs', size)
      await press(/^In hand at hand-2/)(page, size)
    }),
  ),
]

const PRESENT: readonly Scene[] = ['', 'matrix', 'flow', 'timeline'].map((view) => ({
  ...room(`present-${view || 'panes'}`, 'workshop', view, key('p')),
  sizes: ['wide', 'small'],
}))

const INSPECTOR: readonly Scene[] = [
  room('inspector', 'workshop', '', key('i')),
  ...['Redis', 'Kafka'].map((label) =>
    once(
      room(`inspector-${label}`, 'workshop', 'matrix', async (page) => {
        await page.keyboard.press('i')
        await page.getByRole('tab', { name: new RegExp(`^${label}`) }).click()
      }),
    ),
  ),
]

const boxes: Record<string, string | RegExp> = {
  theme: 'Switch theme',
  people: /\d here/,
  share: 'Share this room',
  record: 'Record',
  find: 'Find and export messages',
  'slow-readers': 'Slow readers',
  'options-all': /^Headers for/,
  'options-rabbitmq': /^Options for RabbitMQ/,
  'destination-rabbitmq': /^Destination on RabbitMQ/,
  'destination-kafka': /^Destination on Kafka/,
  'add-worker': /^New worker on RabbitMQ/,
  'add-reader': /^New reader on Kafka/,
  'load-rabbitmq': /^Load on RabbitMQ/,
  'keep-more-rabbitmq': /^More from RabbitMQ/,
  'keep-more-kafka': /^More from Kafka/,
  'more-worker': 'More for worker-2',
  'more-reader': 'More for reader-1',
}

const BOXES: readonly Scene[] = [
  ...Object.entries(boxes).map(([name, button]) => once(room(`box-${name}`, 'workshop', '', press(button)))),
  ...['theme', 'record', 'find', 'destination-rabbitmq'].map((name) => ({
    ...lightOnly(room(`box-${name}`, 'workshop', '', press(boxes[name] ?? ''))),
    sizes: ['phone'] as const,
  })),
  once(
    room('filtered', 'workshop', 'matrix', async (page) => {
      await press('Find and export messages')(page, 'wide')
      await page
        .getByRole('searchbox')
        .or(page.getByRole('textbox', { name: /^Find/ }))
        .first()
        .fill('who')
    }),
  ),
  once(
    room('writing', 'workshop', '', (page) =>
      page.getByRole('textbox', { name: 'Message to RabbitMQ' }).fill('What is written\nin two lines'),
    ),
  ),
  once(
    room('held', 'away', '', async (page) => {
      const field = page.getByRole('textbox', { name: 'Message to Kafka' })
      for (const text of ['held here', 'and this']) {
        await field.fill(text)
        await field.press('Enter')
      }
    }),
  ),
  once(
    room('box-replay-reader', 'workshop', '', async (page, size) => {
      await press('More for reader-1')(page, size)
      await press(/^Replay for reader-1/)(page, size)
    }),
  ),
  ...['worker-2', 'reader-1'].map((name) =>
    once(
      room(`box-settings-${name}`, 'workshop', '', async (page, size) => {
        await press(`More for ${name}`)(page, size)
        await press(`Settings of ${name}`)(page, size)
      }),
    ),
  ),
  once(room('find-nothing', 'quiet', '', press('Find and export messages'))),
]

const PAGES: readonly Scene[] = [
  { name: 'play-welcome', room: null, path: '/play', sizes: ALL_SIZES, themes: BOTH_THEMES },
  play('play-panes', '', 0.6),
  play('play-matrix', '#matrix', 0.6),
  lightOnly(play('play-flow', '#flow', 0.4)),
  lightOnly(play('play-timeline', '#timeline', 1)),
  { name: 'not-found', room: null, path: '/nowhere', sizes: ALL_SIZES, themes: ['light'] },
]

export const SCENES: readonly Scene[] = [...VIEWS, ...BY_HAND, ...PRESENT, ...INSPECTOR, ...BOXES, ...PAGES]
